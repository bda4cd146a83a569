"""What an incident can be sent to: a ticket is opened, or a method of a service is sent."""

import uuid
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_http_methods

from incidents.errors import DomainError, InvalidRequest
from incidents.models import Incident
from incidents.responders import why_not
from incidents.views.base import SignedInRequest, Underway, run_and_redirect
from incidents.views.incident import responding
from notifications.actions import outbound
from notifications.actions.outbound_operations import incident_of, request_of
from notifications.models import OutboundMethod, OutboundService, Ticket
from opsportal.lib import pages
from opsportal.lib.encryption import SecretUnreadable
from opsportal.lib.net.errors import DeliveryError

MAX_KEY = 60


@responding
def open_ticket(request: SignedInRequest, row: Incident) -> str:
    """Open the ticket of an incident; a second click opens no second one."""
    services = OutboundService.objects.visible_to(request.user).with_tickets()
    number = pages.parse_id(request.POST.get("service"))
    service = services.filter(pk=number or 0).first()
    if service is None:
        raise DomainError("Choose a ticket system.")
    ticket = outbound.open_ticket(service, row.pk, by=request.user, via="web")
    if ticket.external_id:
        return f"There is a ticket: {ticket.key}."
    return Underway(f"A ticket is being opened in {service}. Its link is shown below.")


@pages.signed_in()
@require_http_methods(["GET", "HEAD", "POST"])
def call(request: SignedInRequest, pk: int) -> HttpResponse:
    """Choose a method, look at what will be sent, send it."""
    row = get_object_or_404(Incident.objects.visible_to(request.user), pk=pk)
    if reason := why_not(request.user, row):
        raise PermissionDenied(reason)
    methods = list(_methods(request))
    number = pages.parse_id((request.POST or request.GET).get("method"))
    chosen = next((one for one in methods if one.pk == number), None)
    if request.method == "POST":
        return run_and_redirect(request, lambda: _send(request, row, chosen), row)
    context = {
        "title": f"Send #{row.pk} to a service",
        "incident": row,
        "methods": methods,
        "chosen": chosen,
        "key": uuid.uuid4(),
        **(_preview(chosen, row) if chosen else {}),
    }
    return pages.render_page(request, "notifications/outbound_call.html", context)


def _methods(request: SignedInRequest) -> Any:
    services = OutboundService.objects.visible_to(request.user).filter(is_enabled=True)
    rows = OutboundMethod.objects.filter(service__in=services).select_related("service")
    return rows.order_by("service__name", "pk")


def _send(request: SignedInRequest, row: Incident, method: OutboundMethod | None) -> str:
    """The key of the form makes a second click of it the same delivery."""
    if method is None:
        raise InvalidRequest("Choose what is to be sent.")
    key = request.POST.get("key", "")[:MAX_KEY] or str(uuid.uuid4())
    outbound.call(
        method, row.pk, by=request.user, via="web", key=f"form:{request.user.pk}:{row.pk}:{key}"
    )
    return Underway(f"{method} is being sent. What comes of it is shown below.")


def _preview(method: OutboundMethod, row: Incident) -> dict[str, str]:
    ticket = Ticket.objects.filter(incident=row, service=method.service).first()
    try:
        return {"preview": request_of(method, incident_of(row.pk), ticket).text}
    except DeliveryError as error:
        return {"problem": str(error)}
    except SecretUnreadable:
        return {"problem": "The settings of this service cannot be read."}
