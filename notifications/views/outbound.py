"""Settings, Integrations: outbound services and ticket systems, each with its log."""

from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from incidents.admin.usage import used_by
from incidents.errors import DomainError, InvalidRequest
from incidents.models import User
from incidents.views.base import SignedInRequest, Underway, requires, run_and_redirect
from notifications.actions import outbound, outbound_settings
from notifications.models import OutboundDelivery, OutboundService
from notifications.models.outbound import ADMINISTER
from notifications.outbound import find_system
from opsportal.lib import pages
from opsportal.lib.net.errors import DeliveryError

MAX_LOGGED = 50
PAGE_SIZE = 60
ADD = "admin:notifications_outboundservice_add"


@requires(ADMINISTER)
@require_safe
def service_list(request: SignedInRequest) -> HttpResponse:
    """Services that take HTTP requests."""
    rows = OutboundService.objects.visible_to(request.user).without_tickets()
    return _list(request, rows, "Outbound services", f"{reverse(ADD)}?services")


@requires(ADMINISTER)
@require_safe
def ticket_systems(request: SignedInRequest) -> HttpResponse:
    """Ticket systems."""
    rows = OutboundService.objects.visible_to(request.user).with_tickets()
    return _list(request, rows, "Tickets", f"{reverse(ADD)}?tickets")


def _list(
    request: SignedInRequest, rows: QuerySet[OutboundService], title: str, add_url: str
) -> HttpResponse:
    latest = OutboundDelivery.objects.filter(service=OuterRef("pk")).order_by("-pk")
    rows = rows.annotate(last_id=Subquery(latest.values("pk")[:1]))
    page = pages.paginate(request, rows, PAGE_SIZE)
    last = OutboundDelivery.objects.in_bulk([row.last_id for row in page if row.last_id])
    context = {
        "title": title,
        "page": page,
        "rows": [(row, find_system(row.kind), last.get(row.last_id)) for row in page],
        "add_url": add_url,
    }
    return pages.render_page(request, "notifications/outbound_list.html", context)


@requires(ADMINISTER)
@require_safe
def service(request: SignedInRequest, pk: int) -> HttpResponse:
    """One service, with what was sent there."""
    row = _visible(request, pk)
    system = find_system(row.kind)
    context: dict[str, Any] = {
        "title": row.name,
        "row": row,
        "system": system,
        "webhook_url": outbound_settings.webhook_url(row),
        "methods": list(row.methods.all()),
        "scope": list(row.services.all()),
        "used_by": used_by(row, request.user),
        "deliveries": _log(row, request.user)[:MAX_LOGGED],
    }
    if pages.is_partial(request):
        return render(request, "notifications/_outbound_log.html", context)
    return pages.render_page(request, "notifications/outbound_service.html", context)


def _visible(request: SignedInRequest, pk: int) -> OutboundService:
    return get_object_or_404(OutboundService.objects.visible_to(request.user), pk=pk)


def _log(row: OutboundService, user: User) -> QuerySet[OutboundDelivery]:
    sent = OutboundDelivery.objects.visible_to(user).filter(service=row)
    return sent.select_related("incident", "ticket", "by").prefetch_related("exchanges")


@requires(ADMINISTER)
@require_POST
def check(request: SignedInRequest, pk: int) -> HttpResponse:
    """Ask a ticket system whether its settings work, now."""
    row = _visible(request, pk)

    def act() -> str:
        try:
            return outbound_settings.check(row)
        except DeliveryError as error:
            raise DomainError(str(error)) from error

    return run_and_redirect(request, act, row.get_absolute_url())


@requires(ADMINISTER)
@require_POST
def redeliver(request: SignedInRequest, pk: int) -> HttpResponse:
    """Send again what ended."""
    row = _visible(request, pk)
    number = pages.parse_id(request.POST.get("delivery"))
    delivery = _log(row, request.user).filter(pk=number or 0).first()

    def act() -> str:
        if delivery is None:
            raise InvalidRequest("This service has no such delivery.")
        outbound.redeliver(delivery.pk, request.user)
        return Underway("It is sent again. What came of it is shown below.")

    return run_and_redirect(request, act, row.get_absolute_url())
