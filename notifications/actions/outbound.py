"""Have something done at outbound services: each is a row, which a worker sends."""

import uuid
from datetime import datetime

from django.db import transaction
from django_q.tasks import async_task

from incidents.errors import InvalidRequest
from incidents.models import Incident, TimelineEntry, User
from notifications.choices import OutboundOperation, OutboundState, TicketState
from notifications.models import OutboundDelivery, OutboundMethod, OutboundService, Ticket
from notifications.outbound import find_system
from opsportal.lib.task_queues import BACKGROUND

TASK = "notifications.tasks.send_outbound"
Operation, State = OutboundOperation, OutboundState
TEST = "This is a test: nothing of it goes out. Open an incident of your own to try it."


@transaction.atomic
def call(
    method: OutboundMethod,
    incident_id: int,
    *,
    by: User | None = None,
    via: str = "",
    key: str = "",
) -> OutboundDelivery:
    """Send a method of a service, once for one ``key``.

    Raises InvalidRequest for a service that is switched off, and for a test incident.
    """
    incident = Incident.objects.get(pk=incident_id)
    _require_usable(method.service, incident)
    row, is_new = OutboundDelivery.objects.get_or_create(
        key=key or f"call:{uuid.uuid4()}",
        defaults={
            "service": method.service,
            "incident": incident,
            "operation": Operation.CALL,
            "method": method,
            "name": method.name,
            "by": by,
            "via": via,
        },
    )
    if is_new:
        hand_over(method.service_id)
    return row


@transaction.atomic
def open_ticket(
    service: OutboundService, incident_id: int, *, by: User | None = None, via: str = ""
) -> Ticket:
    """The incident's ticket in a system; it is opened where there is none, and only once.

    Raises InvalidRequest for a service that is switched off or has no tickets, and for a test
    incident.
    """
    incident = Incident.objects.get(pk=incident_id)
    _require_usable(service, incident)
    system = find_system(service.kind)
    if system is None or not system.has_tickets:
        raise InvalidRequest(f"service: {service} has no tickets.")
    Ticket.objects.get_or_create(incident=incident, service=service)
    # Held, so that nobody else asks for the same meanwhile.
    ticket = Ticket.objects.select_for_update().get(incident=incident, service=service)
    waits = OutboundDelivery.objects.filter(ticket=ticket, state=State.WAITING)
    if not ticket.external_id and not waits.filter(operation=Operation.CREATE).exists():
        _add(ticket, Operation.CREATE, by=by, via=via)
    return ticket


@transaction.atomic
def push_state(ticket: Ticket, *, by: User | None = None, via: str = "") -> None:
    """Bring a ticket to where its incident is; one request for what changes at once."""
    waits = OutboundDelivery.objects.filter(
        ticket=ticket, operation=Operation.STATUS, state=State.WAITING, leased_until=None
    )
    if not waits.exists():
        _add(ticket, Operation.STATUS, by=by, via=via)


def send_comment(ticket: Ticket, line: TimelineEntry) -> None:
    """Add a comment of the incident to a ticket, with who wrote it."""
    text = f"{line.by or 'OpsPortal'}: {line.text}"
    fields = {"text": text, "key": f"line:{line.pk}:ticket:{ticket.pk}"}
    _add(ticket, Operation.COMMENT, by=line.by, via=line.via, **fields)


@transaction.atomic
def redeliver(delivery_id: int, by: User) -> OutboundDelivery:
    """Do once more what ended: a call with the same id; what concerns a ticket as it is now.

    Raises InvalidRequest for what is still on its way, and where its method is gone.
    """
    row = OutboundDelivery.objects.select_related("service", "ticket", "method").get(pk=delivery_id)
    incident = Incident.objects.get(pk=row.incident_id)
    _require_usable(row.service, incident)
    if row.state == State.WAITING:
        raise InvalidRequest("This is still on its way. It is tried again by itself.")
    if row.operation == Operation.CALL and row.method is None:
        raise InvalidRequest("The method of this delivery is gone.")
    if row.operation == Operation.CREATE and row.ticket and row.ticket.external_id:
        raise InvalidRequest(f"There is a ticket: {row.ticket.key}.")
    again = OutboundDelivery.objects.create(
        service=row.service,
        incident=incident,
        operation=row.operation,
        method=row.method,
        ticket=row.ticket,
        name=row.name,
        text=row.text,
        key=f"again:{uuid.uuid4()}",
        delivery_id=row.delivery_id,
        is_redelivery=True,
        by=by,
        via="web",
    )
    hand_over(row.service_id)
    return again


def wanted_state(incident: Incident) -> TicketState:
    """Where the ticket of an incident belongs."""
    if incident.is_resolved:
        return TicketState.DONE
    acknowledged = incident.status == Incident.Status.ACKNOWLEDGED
    return TicketState.IN_PROGRESS if acknowledged else TicketState.OPEN


def hand_over(service_id: int) -> None:
    """Have a worker look at what waits for a service; without it, the sweep does within seconds."""
    async_task(TASK, service_id, cluster=BACKGROUND)


def hand_over_due(now: datetime) -> None:
    """What is to be tried again, and what a worker died over."""
    waiting = OutboundDelivery.objects.filter(
        state=State.WAITING, due_at__lte=now, service__is_enabled=True
    ).exclude(leased_until__gt=now)
    for service_id in waiting.order_by().values_list("service", flat=True).distinct():
        hand_over(service_id)


def _add(
    ticket: Ticket, operation: OutboundOperation, *, by: User | None, via: str, **fields: str
) -> None:
    OutboundDelivery.objects.get_or_create(
        key=fields.pop("key", "") or f"{operation}:{uuid.uuid4()}",
        defaults={
            "service": ticket.service,
            "incident_id": ticket.incident_id,
            "operation": operation,
            "ticket": ticket,
            "name": operation.label,
            "by": by,
            "via": via,
            **fields,
        },
    )
    hand_over(ticket.service_id)


def _require_usable(service: OutboundService, incident: Incident) -> None:
    if not service.is_enabled:
        raise InvalidRequest(f"service: {service} is switched off.")
    if incident.is_test:
        raise InvalidRequest(TEST)
