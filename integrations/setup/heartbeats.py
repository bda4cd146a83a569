"""Heartbeats: made, changed, paused."""

from dataclasses import fields as fields_of
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from incidents.errors import InvalidRequest
from incidents.models import User
from integrations.heartbeats.pings import record_ping, wake_if_soon
from integrations.heartbeats.schedule import TEMPLATE, Schedule, problems_of
from integrations.heartbeats.state import Ping, is_new, schedule_of, waiting
from integrations.inbound.endpoint_cache import config_for
from integrations.inbound.receive import Receipt
from integrations.inbound.request import InboundRequest
from integrations.models import Heartbeat, Integration
from integrations.setup.integrations import create_integration

TIMING = [field.name for field in fields_of(Schedule)]


@transaction.atomic
def create_heartbeat(
    *, starts_immediately: bool = False, by: User | None = None, **fields: Any
) -> Integration:
    """A system that is expected to ping.

    ``fields`` are those of a schedule (``every_seconds`` or ``cron``, ``time_zone``,
    ``grace_seconds``) and those of any integration. Raises InvalidRequest for a schedule that
    cannot be kept.
    """
    timing = {name: fields.pop(name) for name in TIMING if name in fields}
    schedule, now = Schedule(**timing), timezone.now()
    _check(schedule, now)
    integration = create_integration(TEMPLATE, by=by, **fields)
    row = Heartbeat(
        integration=integration, starts_immediately=starts_immediately, **_columns(schedule)
    )
    if starts_immediately:
        _set(row, waiting(row, now))
    row.save(force_insert=True)
    wake_if_soon(row)
    return integration


@transaction.atomic
def change_heartbeat(integration_id: int, **changes: Any) -> Heartbeat:
    """Another schedule, or another way in which monitoring starts; what is not named stays.

    A changed schedule counts from now: nobody is told of a silence that was in order until then.
    Raises InvalidRequest for a schedule that cannot work.
    """
    row = _locked(integration_id)
    before, now = schedule_of(row), timezone.now()
    changes = _either(changes)
    if unknown := sorted(changes.keys() - {*TIMING, "starts_immediately"}):
        raise TypeError(f"not of a heartbeat: {', '.join(unknown)}")
    _set(row, changes)
    _check(schedule_of(row), now)
    is_retimed = row.alert_after is not None and schedule_of(row) != before
    if is_retimed or (is_new(row) and changes.get("starts_immediately")):
        _set(row, waiting(row, now))
    row.save()
    wake_if_soon(row)
    return row


@transaction.atomic
def pause_heartbeat(integration_id: int) -> Heartbeat:
    """Nobody is told of its silence until it is resumed. Doing it twice changes nothing."""
    row = _locked(integration_id)
    _set(row, {"is_paused": True, "due_at": None, "alert_after": None, "run_started_at": None})
    row.save()
    return row


@transaction.atomic
def resume_heartbeat(integration_id: int) -> Heartbeat:
    """Expect pings again, from now on; one that never had any waits for its first."""
    row = _locked(integration_id)
    if row.is_paused:
        row.is_paused = False
        if row.last_ping_at or row.starts_immediately:
            _set(row, waiting(row, timezone.now()))
        row.save()
        wake_if_soon(row)
    return row


def send_test_ping(integration_id: int) -> Receipt:
    """A ping from the portal itself, marked as a test. It changes nothing of the heartbeat.

    Raises InvalidRequest where it is not accepted, as it is disabled.
    """
    config = config_for(Integration.objects.get(pk=integration_id))
    inbound = InboundRequest("heartbeat", b"", headers={"user-agent": "OpsPortal"}, is_test=True)
    # Who may press the button need not sign.
    receipt = record_ping(config.trusted(), Ping(is_test=True), inbound)
    if receipt is None or not receipt.is_accepted:
        raise InvalidRequest(receipt.error if receipt else "This is no heartbeat.")
    return receipt


def _locked(integration_id: int) -> Heartbeat:
    return Heartbeat.objects.select_for_update(no_key=True).get(pk=integration_id)


def _set(row: Heartbeat, fields: dict[str, Any]) -> None:
    for name, value in fields.items():
        setattr(row, name, value)


def _columns(schedule: Schedule) -> dict[str, Any]:
    return {name: getattr(schedule, name) for name in TIMING}


def _either(changes: dict[str, Any]) -> dict[str, Any]:
    """One of interval and cron, when given alone, takes the place of the other."""
    if changes.get("every_seconds") and "cron" not in changes:
        return {**changes, "cron": ""}
    if changes.get("cron") and "every_seconds" not in changes:
        return {**changes, "every_seconds": None}
    return changes


def _check(schedule: Schedule, now: datetime) -> None:
    for name, problem in problems_of(schedule, now).items():
        raise InvalidRequest(f"{name}: {problem}.")
