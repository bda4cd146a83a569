"""Senders, for tests: what they post, and the engine that works it off."""

import json

from integrations.engine import engine
from integrations.models import InboundMessage

FAILURE = {"event": "ALERT_FAILURE", "monitor": {"id": 7, "name": "Shop"}}
RECOVERY = {"event": "ALERT_RECOVERY", "monitor": {"id": 7, "name": "Shop"}}


def post(client, integration, body, **extra):
    """One message at the URL of the integration; text and bytes go as they are."""
    content = body if isinstance(body, bytes | str) else json.dumps(body)
    extra.setdefault("content_type", "application/json")
    return client.post(f"/POSTAlert/{integration.token}/it", content, **extra)


def work(now=None):
    """Work off everything that is due; returns how many messages that were."""
    done = 0
    while found := engine.process_pending(now=now):
        done += found
    return done


def log():
    """The Inbound Log, oldest first, as its status and action columns say it."""
    rows = InboundMessage.objects.order_by("pk")
    return [
        f"{row.get_status_display()} ({row.action})" if row.action else row.get_status_display()
        for row in rows
    ]


def event(action="trigger", key="disk", **payload):
    """An event of the Events API; only a trigger has a payload."""
    body = {"event_action": action, "dedup_key": key}
    if action == "trigger":
        payload = {"summary": "Disk full", "source": "db-1", "severity": "critical", **payload}
        body["payload"] = payload
    return body


def post_event(client, integration, body):
    """One event at /api/events, with the key of the integration."""
    header = f"Token token={integration.token}"
    return client.post(
        "/api/events", body, content_type="application/json", headers={"Authorization": header}
    )


def enqueue(client, integration, body):
    """One event at /v2/enqueue, as the clients of that API send it."""
    body = {**body, "routing_key": integration.token}
    return client.post("/v2/enqueue", body, content_type="application/json")
