"""Sending to outbound services: one after another for each service, so that one that hangs takes
one worker, and what concerns an incident arrives in order.
"""

import logging
import time
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from incidents.actions import timeline
from incidents.actions.locking import lock_incident
from incidents.actions.timeline import entry
from incidents.choices import TimelineVerb
from notifications.actions.outbound import hand_over
from notifications.actions.outbound_operations import OPERATIONS, Done, Superseded, client_for
from notifications.choices import OutboundOperation, OutboundState
from notifications.models import OutboundDelivery, OutboundExchange, OutboundService
from notifications.outbound.client import Client
from opsportal.lib.encryption import SecretUnreadable
from opsportal.lib.net.errors import DeliveryError

logger = logging.getLogger(__name__)
Operation, State = OutboundOperation, OutboundState
LEASE = timedelta(seconds=90)
# Then other tasks have their turn. A task has 60 s, of which one delivery may take 32.
MAX_IN_A_ROW, MAX_S = 10, 20.0
# How long to wait after each attempt that failed; after the last one it has failed.
WAITS = [
    *(timedelta(seconds=wait) for wait in (5, 15, 45)),
    *(timedelta(minutes=wait) for wait in (2, 5, 30)),
    *(timedelta(hours=wait) for wait in (2, 5, 10)),
]


def run(service_id: int) -> None:
    """Send what waits for a service, unless another worker does."""
    until = time.monotonic() + MAX_S
    for _ in range(MAX_IN_A_ROW):
        row = _claim(service_id, timezone.now())
        if row is None:
            return
        _deliver(row)
        if time.monotonic() > until:
            break
    hand_over(service_id)


@transaction.atomic
def _claim(service_id: int, now: datetime) -> OutboundDelivery | None:
    """The next one, held by its lease; None where there is none, or another worker has one."""
    services = OutboundService.objects.select_for_update(no_key=True)
    if not services.filter(pk=service_id, is_enabled=True).exists():
        return None
    waiting = OutboundDelivery.objects.filter(service=service_id, state=State.WAITING)
    if waiting.filter(leased_until__gt=now).exists():
        return None
    earlier = waiting.filter(incident=OuterRef("incident"), pk__lt=OuterRef("pk"))
    due = waiting.filter(~Exists(earlier), due_at__lte=now).order_by("pk")
    row = due.select_related("service", "ticket", "method", "by").first()
    if row is not None:
        row.leased_until, row.tries = now + LEASE, row.tries + 1
        row.save(update_fields=["leased_until", "tries"])
    return row


def _deliver(row: OutboundDelivery) -> None:
    """Outside of any transaction: what is outside may take its time."""
    client = Client()
    try:
        client = client_for(row.service)
        done = OPERATIONS[Operation(row.operation)](row, client)
    except Superseded as why:
        _end(row, client, State.SUPERSEDED, str(why))
    except DeliveryError as error:
        _failed(row, client, error)
    except SecretUnreadable as error:
        _fail(row, client, str(error))
    except Exception:
        logger.exception("Delivery %s to an outbound service failed", row.pk)
        _fail(row, client, "a defect of the portal; its log says more.")
    else:
        _sent(row, client, done)


def _failed(row: OutboundDelivery, client: Client, error: DeliveryError) -> None:
    is_final = error.permanent and not error.provider_fault
    if is_final or row.tries > len(WAITS):
        _fail(row, client, str(error))
        return
    wait = WAITS[row.tries - 1]
    if error.retry_after is not None:
        wait = max(wait, timedelta(seconds=error.retry_after))
    due = {"due_at": timezone.now() + wait, "leased_until": None, "error": str(error)}
    with transaction.atomic():
        _note(row, client)
        OutboundDelivery.objects.filter(pk=row.pk).update(**due)


@transaction.atomic
def _fail(row: OutboundDelivery, client: Client, why: str) -> None:
    """It has failed for good, which its timeline says."""
    lock_incident(row.incident_id)
    _end(row, client, State.FAILED, why)
    text = f"{row.service}, {row.name}: {why}"
    _say(row, TimelineVerb.OUTBOUND_FAILED, text, {})


@transaction.atomic
def _sent(row: OutboundDelivery, client: Client, done: Done) -> None:
    lock_incident(row.incident_id)
    _end(row, client, State.SENT, "")
    if done.verb:
        _say(row, done.verb, done.text, {"url": done.url} if done.url else {})


def _end(row: OutboundDelivery, client: Client, state: OutboundState, error: str) -> None:
    with transaction.atomic():
        _note(row, client)
        row.state, row.error, row.done_at, row.leased_until = state, error, timezone.now(), None
        row.save(update_fields=["state", "error", "done_at", "leased_until"])


def _note(row: OutboundDelivery, client: Client) -> None:
    OutboundExchange.objects.bulk_create(
        OutboundExchange(
            delivery=row,
            request=one.request,
            status=one.status,
            answer=one.answer,
            duration_ms=one.duration_ms,
            error=one.error,
        )
        for one in client.exchanges
    )


def _say(row: OutboundDelivery, verb: TimelineVerb, text: str, facts: dict[str, Any]) -> None:
    line = entry(row.incident, verb, text, by=row.by, via=_via(row), facts=facts)
    timeline.record([line])


def _via(row: OutboundDelivery) -> str:
    return row.via or ("" if row.by_id else "by itself")
