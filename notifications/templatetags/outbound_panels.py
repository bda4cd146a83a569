"""Tickets and deliveries of an incident, on its page."""

from typing import Any

from django import template

from incidents.models import Incident
from incidents.models.people import RESPOND
from notifications.choices import OutboundOperation, OutboundState
from notifications.models import OutboundDelivery, OutboundMethod, OutboundService, Ticket

register = template.Library()
MAX_SHOWN = 20
STATES = {
    "waiting": ("amber", "schedule_send"),
    "sent": ("green", "done"),
    "failed": ("red", "error"),
    "superseded": ("gray", "block"),
}
TICKETS = {
    "open": ("orange", "radio_button_unchecked"),
    "in_progress": ("blue", "pending"),
    "done": ("green", "check_circle"),
}


@register.filter
def outbound_tone(row: OutboundDelivery) -> str:
    return STATES[row.state][0]


@register.filter
def outbound_icon(row: OutboundDelivery) -> str:
    return STATES[row.state][1]


@register.filter
def ticket_tone(row: Ticket) -> str:
    return TICKETS[row.state][0]


@register.filter
def ticket_icon(row: Ticket) -> str:
    return TICKETS[row.state][1]


@register.inclusion_tag("notifications/_incident_outbound.html", takes_context=True)
def incident_outbound(context: dict[str, Any], incident: Incident) -> dict[str, Any]:
    """Tickets and what was sent to services; with buttons for who may act on the incident."""
    services = list(OutboundService.objects.filter(is_enabled=True))
    tickets = list(incident.tickets.select_related("service"))
    reader = context["request"].user
    may_act = not context.get("why_not") and reader.has_perm(RESPOND) and not incident.is_test
    found: dict[str, Any] = {"incident": incident, "services": services, "tickets": tickets}
    if not services and not tickets:
        return found
    opened = {ticket.service_id for ticket in tickets if ticket.external_id}
    with_tickets = set(OutboundService.objects.with_tickets().values_list("pk", flat=True))
    deliveries = incident.outbound_deliveries.select_related("service", "ticket", "by")
    creating = deliveries.filter(operation=OutboundOperation.CREATE, state=OutboundState.WAITING)
    return {
        **found,
        "being_opened": set(creating.values_list("ticket", flat=True)),
        "with_tickets": with_tickets,
        "offered": [row for row in services if row.pk in with_tickets - opened] if may_act else [],
        "may_send": may_act and OutboundMethod.objects.filter(service__in=services).exists(),
        "deliveries": deliveries[:MAX_SHOWN],
        "csrf_token": context.get("csrf_token"),
    }
