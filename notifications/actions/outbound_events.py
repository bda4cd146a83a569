"""What happens to incidents is passed on to outbound services, by the outbox of the timeline."""

import logging
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from django.db import transaction

from incidents.choices import TimelineVerb, Urgency
from incidents.models import TimelineEntry
from notifications.actions import outbound
from notifications.choices import OutboundEvent, TicketCreation
from notifications.models import OutboundService, Ticket

logger = logging.getLogger(__name__)
Verb = TimelineVerb
Row = TypeVar("Row", OutboundService, Ticket)
EVENTS = {
    Verb.OPENED: OutboundEvent.OPENED,
    Verb.NOTIFICATIONS_RESUMED: OutboundEvent.OPENED,
    Verb.ACKNOWLEDGED: OutboundEvent.ACKNOWLEDGED,
    Verb.ASSIGNED: OutboundEvent.ASSIGNED,
    Verb.EDITED: OutboundEvent.UPDATED,
    Verb.SEVERITY_ESCALATED: OutboundEvent.UPDATED,
    Verb.URGENCY_CHANGED: OutboundEvent.UPDATED,
    Verb.RESOLVED: OutboundEvent.RESOLVED,
    Verb.MERGED: OutboundEvent.RESOLVED,
    Verb.REOPENED: OutboundEvent.REOPENED,
}
# After these a ticket may belong elsewhere.
MOVES = {Verb.ACKNOWLEDGED, Verb.ASSIGNED, Verb.RESOLVED, Verb.MERGED, Verb.REOPENED}


def tell(lines: Sequence[TimelineEntry]) -> None:
    """Have outbound services told of these lines. One that cannot be told stops nothing else."""
    lines = [line for line in lines if not line.incident.is_test]
    services = list(_services()) if lines else []
    if not services:
        return
    scopes = {row.pk: {one.pk for one in row.services.all()} for row in services}
    tickets = _tickets(services, lines)
    for line in lines:
        mine = [row for row in services if _is_for(scopes[row.pk], line)]
        for row in mine:
            _attempt(_tell_service, row, line)
        for ticket in tickets.get(line.incident_id, ()):
            _attempt(_tell_ticket, ticket, line)


def _services() -> Iterable[OutboundService]:
    enabled = OutboundService.objects.filter(is_enabled=True)
    return enabled.prefetch_related("services", "methods__service")


def _tickets(
    services: Sequence[OutboundService], lines: Sequence[TimelineEntry]
) -> dict[int, list[Ticket]]:
    """Those of ticket systems, by incident."""
    kinds = {row.pk for row in OutboundService.objects.with_tickets()}
    found: dict[int, list[Ticket]] = {}
    rows = Ticket.objects.filter(
        incident__in={line.incident_id for line in lines},
        service__in=[row for row in services if row.pk in kinds],
    )
    for ticket in rows.select_related("service"):
        found.setdefault(ticket.incident_id, []).append(ticket)
    return found


def _is_for(scope: set[int], line: TimelineEntry) -> bool:
    return not scope or line.incident.service_id in scope


def _attempt(act: Callable[[Row, TimelineEntry], None], row: Row, line: TimelineEntry) -> None:
    try:
        with transaction.atomic():
            act(row, line)
    except Exception:
        logger.exception("Line %s of the timeline does not go out to %s", line.pk, row)


def _tell_service(service: OutboundService, line: TimelineEntry) -> None:
    event = EVENTS.get(Verb(line.verb))
    if event is None:
        return
    for method in service.methods.all():
        if event in method.events:
            key = f"line:{line.pk}:method:{method.pk}"
            outbound.call(method, line.incident_id, via=_via(line), key=key)
    if event == OutboundEvent.OPENED and _opens_a_ticket(service, line):
        outbound.open_ticket(service, line.incident_id)


def _via(line: TimelineEntry) -> str:
    """What caused a call that nobody asked for."""
    return f"when {EVENTS[Verb(line.verb)].label.lower()}"


def _opens_a_ticket(service: OutboundService, line: TimelineEntry) -> bool:
    if service.creates == TicketCreation.HIGH:
        return line.incident.urgency == Urgency.HIGH
    return service.creates == TicketCreation.ALL


def _tell_ticket(ticket: Ticket, line: TimelineEntry) -> None:
    """What came from the ticket does not go back to it."""
    if line.via == ticket.via:
        return
    if line.verb in MOVES:
        outbound.push_state(ticket, by=line.by, via=line.via)
    elif line.verb == Verb.COMMENTED and ticket.service.sends_comments:
        outbound.send_comment(ticket, line)
