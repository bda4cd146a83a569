"""Beats come in, and the missing ones are noticed.

Both hold the row of the heartbeat: of a beat and a miss at the same instant one is first, and the
other finds what it did. What opens or closes an alert becomes a message for the engine in the same
transaction; a plain beat is a row of the log that is done already.
"""

import logging
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import orjson
from django.db import connection, transaction
from django.utils import timezone

from integrations.heartbeats.state import Decision, Kind, Signal, decide, missed, waiting
from integrations.inbound import rate_limit
from integrations.inbound.endpoint_cache import DOORS, Door, door_of
from integrations.inbound.receive import Changed, Receipt, receive, refuse
from integrations.inbound.request import Arrival
from integrations.models import Heartbeat, InboundMessage, Integration
from opsportal.lib.pg_notify import INBOUND, ring
from opsportal.lib.text import clean

logger = logging.getLogger(__name__)
ROUTE = "heartbeat"
BATCH = 100
PUT_OFF = timedelta(minutes=1)
# The engine looks for new alarms every five seconds: of what comes before that it is told.
SOON = timedelta(seconds=6)
LOOK_BACK = 100  # messages, for the start of a run


def beat_by_token(token: str, signal: Signal, arrival: Arrival) -> Receipt | None:
    """A beat for the heartbeat with this token; None where there is none. Raises ``Changed``."""
    door = DOORS.by_token(token)
    return beat(door, signal, arrival) if door else None


def beat(door: Door, signal: Signal, arrival: Arrival) -> Receipt | None:
    """Take a signal; None where the integration is no heartbeat. Raises ``Changed``.

    A beat past the rate limit counts all the same; it is only not kept in the log. What opens or
    closes an alert is kept always.
    """
    arrival = replace(arrival, route=ROUTE)
    if refusal := refuse(door, arrival):
        return refusal
    with transaction.atomic():
        row = _held().filter(integration=door.integration_id).first()
        if row is None:
            return None
        if not row.integration.is_enabled:  # Since the door was looked at.
            DOORS.forget(door)
            raise Changed
        return _take(row, door, signal, arrival)


def _take(row: Heartbeat, door: Door, signal: Signal, arrival: Arrival) -> Receipt:
    now = timezone.now()
    signal = _paired(row, signal)
    text = arrival.body.decode("utf-8", "replace")
    decision = decide(row, signal, now, clean(text))
    is_news = decision.event and (row.down_since is None or signal.kind is Kind.SUCCESS)
    _write(row, decision)
    if not (is_news or arrival.is_test or _is_within_rate(door)):
        return Receipt(200)
    if decision.event:
        return Receipt(200, _tell(row.integration, decision.event, arrival))
    return Receipt(200, _note(row.integration, signal, decision, arrival, now))


def _is_within_rate(door: Door) -> bool:
    try:
        return rate_limit.admit(door.integration_id, door.rate_limit).allowed
    except rate_limit.Gone as gone:
        raise Changed from gone


def miss_due(now: datetime) -> int:
    """Take the misses whose time has come, once each; returns how many those were."""
    with transaction.atomic():
        due = _held(skip_locked=True).filter(alert_after__lte=now, integration__is_enabled=True)
        rows = list(due.order_by("alert_after")[:BATCH])
        for row in rows:
            _miss(row, now)
    return len(rows)


def next_alert_after() -> datetime | None:
    """When the next beat will have been missed, if none comes."""
    waited = Heartbeat.objects.filter(alert_after__isnull=False, integration__is_enabled=True)
    return waited.order_by("alert_after").values_list("alert_after", flat=True).first()


def rearm(integration_id: int, now: datetime) -> None:
    """Wait anew from ``now`` on, where it was waited for; for after a time without any watch."""
    with transaction.atomic():
        row = _held().filter(integration=integration_id, alert_after__isnull=False).first()
        if row is not None:
            _write(row, Decision(waiting(row, now)))


def _held(**options: Any) -> Any:
    rows = Heartbeat.objects.select_for_update(no_key=True, of=("self",), **options)
    return rows.select_related("integration")


def _miss(row: Heartbeat, now: datetime) -> None:
    """One of a batch: what is wrong with it must not hold up the others."""
    try:
        with transaction.atomic():
            decision = missed(row, now)
            _write(row, decision)
            assert decision.event is not None
            _tell(row.integration, decision.event, Arrival(ROUTE, b""))
    except Changed:
        logger.info("Heartbeat %s was changed at its alarm; it is looked at again", row.pk)
    except Exception:
        logger.exception("The miss of heartbeat %s could not be taken", row.pk)
        Heartbeat.objects.filter(pk=row.pk).update(alert_after=now + PUT_OFF)


def _write(row: Heartbeat, decision: Decision) -> None:
    for name, value in decision.fields.items():
        setattr(row, name, value)
    if decision.fields:
        row.save(update_fields=list(decision.fields))
        wake_if_soon(row)


def wake_if_soon(row: Heartbeat) -> None:
    """Tell the engine of an alarm that comes before it would look for it."""
    if row.alert_after and row.alert_after < timezone.now() + SOON:
        ring(connection, INBOUND)


def _tell(integration: Integration, event: dict[str, Any], arrival: Arrival) -> int | None:
    """For the engine, by the ordinary way; it is our own, so it is neither checked nor counted."""
    door = door_of(integration).trusted()
    own = replace(arrival, body=orjson.dumps(event), content_type="application/json", query="")
    return receive(door, own, status=200).message_id


def _note(
    integration: Integration, signal: Signal, decision: Decision, arrival: Arrival, now: datetime
) -> int:
    """A line of the log that needs no engine."""
    action = InboundMessage.Action.PING if decision.fields else ""
    status = InboundMessage.Status.MAPPED if decision.fields else InboundMessage.Status.IGNORED
    row = InboundMessage.objects.create(
        integration=integration,
        service_id=integration.service_id,
        route=ROUTE,
        content_type=arrival.content_type,
        headers=arrival.masked_headers,
        query=arrival.masked_query,
        body=arrival.body,
        body_digest=arrival.digest,
        remote_address=arrival.remote_address,
        answer=200,
        received_at=now,
        ready_at=now,
        processed_at=now,
        is_test=arrival.is_test,
        status=status,
        action=action,
        reason=decision.reason,
        source="Heartbeat",
        source_name=integration.name,
        source_id=signal.run_id,
        subject=signal.kind.value.capitalize(),
    )
    return row.pk


def _paired(row: Heartbeat, signal: Signal) -> Signal:
    """With the start of the run of the same id, if it is among the latest messages."""
    if not signal.run_id or signal.kind not in (Kind.SUCCESS, Kind.FAIL):
        return signal
    latest = InboundMessage.objects.filter(integration=row.pk).order_by("-pk")
    rows = latest.values_list("source_id", "subject", "received_at")[:LOOK_BACK]
    for run_id, subject, at in rows:
        if (run_id, subject) == (signal.run_id, "Start"):
            return replace(signal, started_at=at)
    return signal
