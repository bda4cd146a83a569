"""Record pings, and mark heartbeats as overdue.

Both lock the row of the heartbeat: of a ping and an alarm at the same instant one is first, and the
other sees its result. What opens or closes an alert becomes a message for the engine in the same
transaction; a plain ping is a row of the inbound log that is processed already.
"""

import logging
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import orjson
from django.db import connection, transaction
from django.utils import timezone

from integrations.heartbeats.state import (
    Decision,
    Kind,
    Ping,
    decide,
    overdue,
    waiting,
    waiting_anew,
)
from integrations.inbound import rate_limit
from integrations.inbound.endpoint_cache import (
    Changed,
    EndpointConfig,
    config_for,
    endpoint_cache,
)
from integrations.inbound.log import columns_of
from integrations.inbound.receive import Answers, Receipt, check_access, receive
from integrations.inbound.request import InboundRequest
from integrations.models import Heartbeat, InboundMessage, Integration
from opsportal.lib.pg_notify import ENGINE, notify
from opsportal.lib.text import clean

logger = logging.getLogger(__name__)
ROUTE = "heartbeat"
BATCH_SIZE = 100
RETRY_AFTER = timedelta(minutes=1)
# The engine polls for alarms every five seconds; it is notified of what is due before that.
SOON = timedelta(seconds=6)
MAX_LOOK_BACK = 100  # messages


def record_ping(config: EndpointConfig, ping: Ping, inbound: InboundRequest) -> Receipt | None:
    """Record one ping; None if the integration is no heartbeat.

    A ping past the rate limit counts all the same, but is not stored; what opens or closes an alert
    is always stored. Raises Changed if the cached endpoint is stale.
    """
    inbound = replace(inbound, route=ROUTE)
    if rejection := check_access(config, inbound):
        return rejection
    with transaction.atomic():
        row = _held().filter(integration=config.integration_id).first()
        if row is None:
            return None
        if row.integration.changed_at != config.version:  # Changed since it was cached.
            endpoint_cache.forget(config.integration_id)
            raise Changed
        return _record(row, config, ping, inbound)


def _record(row: Heartbeat, config: EndpointConfig, ping: Ping, inbound: InboundRequest) -> Receipt:
    now = timezone.now()
    ping = _with_start(row, ping)
    text = inbound.body.decode("utf-8", "replace")
    decision = decide(row, ping, now, clean(text))
    is_news = decision.event and (row.down_since is None or ping.kind is Kind.SUCCESS)
    _write(row, decision)
    is_stored = is_news or inbound.is_test
    if not is_stored and not rate_limit.admit(config.integration_id, config.rate_limit).allowed:
        return Receipt(200)
    if decision.event:
        return Receipt(200, _store_event(row.integration, decision.event, inbound))
    return Receipt(200, _store_ping(row.integration, ping, decision, inbound, now))


def mark_overdue(now: datetime) -> int:
    """Open an alert, once, for every heartbeat whose alarm is due; returns how many those were.

    At most 100 at a time; rows that another process has locked are skipped.
    """
    with transaction.atomic():
        due = _held(skip_locked=True).filter(alert_after__lte=now, integration__is_enabled=True)
        rows = list(due.order_by("alert_after")[:BATCH_SIZE])
        for row in rows:
            _mark_overdue(row, now)
    return len(rows)


def next_alert_after() -> datetime | None:
    """When the next heartbeat becomes overdue if no ping comes; None if none is monitored."""
    waited = Heartbeat.objects.filter(alert_after__isnull=False, integration__is_enabled=True)
    return waited.order_by("alert_after").values_list("alert_after", flat=True).first()


def restart_timers(integration_id: int, now: datetime) -> None:
    """Compute the due time from ``now``, for after a time without monitoring."""
    with transaction.atomic():
        row = _held().filter(integration=integration_id, alert_after__isnull=False).first()
        if row is not None:
            _write(row, Decision(waiting(row, now)))


def restart_all_timers(now: datetime, *, max_restarts: int) -> int:
    """The same for all, for after a time in which no ping could be seen; returns how many changed.

    Each at most ``max_restarts`` times after one ping. What is locked is being pinged or changed.
    """
    rows = _held(skip_locked=True).filter(alert_after__isnull=False)
    changed = 0
    for row in rows.order_by("pk").iterator(chunk_size=1000):
        try:
            fields = waiting_anew(row, now, max_restarts)
        except Exception:
            logger.exception("Heartbeat %s could not wait anew", row.pk)
            continue
        changed += Heartbeat.objects.filter(pk=row.pk).update(**fields) if fields else 0
    return changed


def _held(**options: Any) -> Any:
    rows = Heartbeat.objects.select_for_update(no_key=True, of=("self",), **options)
    return rows.select_related("integration")


def _mark_overdue(row: Heartbeat, now: datetime) -> None:
    """One of a batch: an error in it must not stop the others."""
    try:
        with transaction.atomic():
            decision = overdue(row, now)
            _write(row, decision)
            assert decision.event is not None
            _store_event(row.integration, decision.event, InboundRequest(ROUTE, b""))
    except Changed:
        logger.info("Heartbeat %s was changed at its alarm; it is checked again", row.pk)
    except Exception:
        logger.exception("Heartbeat %s could not be marked as overdue", row.pk)
        Heartbeat.objects.filter(pk=row.pk).update(alert_after=now + RETRY_AFTER)


def _write(row: Heartbeat, decision: Decision) -> None:
    for name, value in decision.fields.items():
        setattr(row, name, value)
    if decision.fields:
        row.save(update_fields=list(decision.fields))
        wake_if_soon(row)


def wake_if_soon(row: Heartbeat) -> None:
    """Notify the engine of an alarm that is due before it would poll for it."""
    if row.alert_after and row.alert_after < timezone.now() + SOON:
        notify(connection, ENGINE)


def _store_event(
    integration: Integration, event: dict[str, Any], inbound: InboundRequest
) -> int | None:
    """Store the event as a message for the engine: trusted, so neither checked nor rate limited."""
    config = config_for(integration).trusted()
    own = replace(inbound, body=orjson.dumps(event), content_type="application/json", query="")
    return receive(config, own, Answers(200)).message_id


def _store_ping(
    integration: Integration, ping: Ping, decision: Decision, inbound: InboundRequest, now: datetime
) -> int:
    """A row of the log that is processed already."""
    action = InboundMessage.Action.PING if decision.fields else ""
    status = InboundMessage.Status.MAPPED if decision.fields else InboundMessage.Status.IGNORED
    columns = columns_of(
        replace(inbound, route=ROUTE),
        now,
        integration_id=integration.pk,
        service_id=integration.service_id,
        answer=200,
        processed_at=now,
        status=status,
        action=action,
        reason=decision.reason,
        source="Heartbeat",
        source_name=integration.name,
        source_id=ping.run_id,
        subject=ping.kind.value.capitalize(),
    )
    return InboundMessage.objects.create(**columns).pk


def _with_start(row: Heartbeat, ping: Ping) -> Ping:
    """The ping with the start of its run (``rid``), if that is among the last 100 messages."""
    if not ping.run_id or ping.kind not in (Kind.SUCCESS, Kind.FAIL):
        return ping
    latest = InboundMessage.objects.filter(integration=row.pk).order_by("-pk")
    rows = latest.values_list("source_id", "subject", "received_at")[:MAX_LOOK_BACK]
    for run_id, subject, at in rows:
        if (run_id, subject) == (ping.run_id, "Start"):
            return replace(ping, started_at=at)
    return ping
