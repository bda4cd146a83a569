"""Alerts of the demo, sent through its integrations and dated some minutes back."""

import hashlib
import json
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from incidents.models import Incident, Service, TimelineEntry, User
from integrations.engine import engine
from integrations.heartbeats import pings
from integrations.heartbeats.state import Ping
from integrations.inbound import receive
from integrations.inbound.endpoint_cache import config_for
from integrations.inbound.request import InboundRequest
from integrations.models import InboundMessage, Integration
from integrations.setup import heartbeats

PAYMENTS = {
    "alertname": "PaymentsFailing",
    "severity": "critical",
    "instance": "checkout-2.example.com",
    "summary": "Payments fail: error rate 14 %",
    "description": "14 % of the payments of the last 5 minutes were refused by the provider.",
}
SLOW = {
    "alertname": "CheckoutSlow",
    "severity": "error",
    "instance": "checkout-1.example.com",
    "summary": "Checkout p95 is 4.2 s",
    "description": "95 of 100 requests took up to 4.2 s. The goal is 800 ms.",
}
CERTIFICATE = {
    "alertname": "CertificateExpires",
    "severity": "warning",
    "instance": "shop.example.com",
    "summary": "Certificate of shop.example.com expires in 6 days",
    "description": "The renewal has failed twice.",
}
DISK = {"summary": "Disk of db-2 is 91 % full", "severity": "warning", "dedup_key": "db-2/disk"}
LAG = {"summary": "Replica db-3 lags 90 s behind", "severity": "error", "dedup_key": "db-3/lag"}
BACKUP = {"summary": "Nightly backup took 3 h", "severity": "info", "dedup_key": "backup"}


def send_alerts(alertmanager: Integration, webhook: Integration) -> dict[str, Incident]:
    """Send all, oldest first; returns title → incident.

    None was open so long that the second step of the policy would have been due.
    """
    for minutes, integration, body in [
        (38, alertmanager, _group("firing", CERTIFICATE)),
        (36, alertmanager, _group("firing", CERTIFICATE)),
        (34, alertmanager, _group("resolved", CERTIFICATE)),
        (4, webhook, BACKUP),
        (4, webhook, LAG),
        (4, alertmanager, _group("firing", SLOW)),
        (3, webhook, DISK),
        (2, alertmanager, _group("firing", PAYMENTS, SLOW)),
    ]:
        _send(integration, body, timezone.now() - timedelta(minutes=minutes))
    return {incident.title: incident for incident in Incident.objects.all()}


def add_heartbeat(service: Service, by: User) -> None:
    """Create a heartbeat that is up, and stays so for a week."""
    weekly = heartbeats.create_heartbeat(
        name="Weekly restore test",
        service=service,
        every_seconds=7 * 86_400,
        grace_seconds=3600,
        by=by,
    )
    inbound = InboundRequest(route="heartbeat", body=b"", headers={"user-agent": "demo"})
    pings.record_ping(config_for(weekly), Ping(), inbound)


def _send(integration: Integration, body: dict[str, Any], at: datetime) -> None:
    """Through the real endpoint and the real engine; only the time is changed afterwards."""
    inbound = InboundRequest(
        route="POSTAlert",
        body=json.dumps(body).encode(),
        content_type="application/json",
        headers={"user-agent": "demo"},
    )
    receipt = receive.receive(config_for(integration), inbound)
    InboundMessage.objects.filter(pk=receipt.message_id or 0).update(received_at=at, ready_at=at)
    engine.process_pending(now=at)
    TimelineEntry.objects.filter(at__gt=at).update(at=at)


def _group(status: str, *alerts: dict[str, str]) -> dict[str, Any]:
    """The body of a request of Alertmanager."""
    return {
        "version": "4",
        "receiver": "portal",
        "status": status,
        "externalURL": "https://alertmanager.example.com",
        "alerts": [_alert(status, **alert) for alert in alerts],
    }


def _alert(status: str, *, summary: str, description: str, **labels: str) -> dict[str, Any]:
    return {
        "status": status,
        "labels": labels,
        "annotations": {"summary": summary, "description": description},
        "generatorURL": "https://prometheus.example.com/graph",
        "fingerprint": hashlib.sha256(labels["alertname"].encode()).hexdigest()[:16],
    }
