"""Services: the list, one with its tabs, and its own settings."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Lower
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from incidents import responders, sla_report, visibility
from incidents.actions import settings
from incidents.models import Incident, Service, User
from incidents.service_form import ServiceForm
from incidents.views.base import SignedInRequest, form_page, process_form, requires
from incidents.views.incident_list import repeats
from opsportal.lib import pages

TABS = [
    ("incidents", "Incidents", "notifications_active"),
    ("integrations", "Integrations", "input"),
    ("sla", "SLA", "timer"),
    ("settings", "Settings", "tune"),
]
PAGE_SIZE = 60
MAX_ACTIVE = 50
MAX_RESOLVED = 10


@pages.signed_in()
@require_safe
def service_list(request: SignedInRequest) -> HttpResponse:
    query = request.GET.get("q", "").replace("\x00", "").strip()
    is_archived = request.GET.get("archived") == "1"
    visible = Service.objects.visible_to(request.user).filter(archived_at__isnull=not is_archived)
    rows = visible.select_related("team")
    if query:
        rows = rows.filter(Q(name__icontains=query) | Q(team__name__icontains=query))
    page = pages.paginate(request, _worst_first(rows, request.user), PAGE_SIZE)
    context = {
        "title": "Services",
        "q": query,
        "is_archived": is_archived,
        "page": page,
        "services": _with_counts(list(page), request.user),
        "hidden": visibility.hidden_services(page, request.user),
    }
    return pages.render_page(request, "incidents/service_list.html", context)


def _worst_first(rows: QuerySet[Service], user: User) -> QuerySet[Service]:
    """By the number of open incidents, then by name; private ones count for who sees them."""
    seen = Incident.objects.counted().exclude(
        pk__in=Incident.objects.hidden_from(user).values("pk")
    )
    open_rows = seen.filter(service=OuterRef("pk"), status=Incident.Status.OPEN)
    counted = open_rows.order_by().values("service").annotate(n=Count("pk")).values("n")
    count = Coalesce(Subquery(counted, output_field=IntegerField()), 0)
    return rows.annotate(open_count=count).order_by("-open_count", Lower("name"), "pk")


def _with_counts(services: Sequence[Service], user: User) -> list[tuple[Service, dict[str, int]]]:
    """Each service with the number of its incidents in each status but resolved."""
    rows = Incident.objects.counted().unresolved().filter(service__in=services).order_by()
    rows = rows.exclude(pk__in=Incident.objects.hidden_from(user).values("pk"))
    counted: dict[int, dict[str, int]] = {}
    for row in rows.values("service", "status").annotate(n=Count("pk")):
        counted.setdefault(row["service"], {})[row["status"]] = row["n"]
    return [(service, counted.get(service.pk, {})) for service in services]


@pages.signed_in()
@require_safe
def service(request: SignedInRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Service.objects.visible_to(request.user).select_related("team"), pk=pk)
    tab = request.GET.get("tab", "incidents")
    context = {
        "title": row.name,
        "service": row,
        "tab": tab if tab in {key for key, _, _ in TABS} else "incidents",
        "tabs": TABS,
        "may_change": request.user.has_perm("incidents.change_service"),
    }
    if context["tab"] == "incidents":
        context |= _incidents_of(row, request.user)
        if pages.is_partial(request):
            return render(request, "incidents/_service_incidents.html", context)
    elif context["tab"] == "sla":
        context["months"] = sla_report.report(row, timezone.now())
    elif context["tab"] == "settings":
        context["form"] = ServiceForm(instance=row)
    return pages.render_page(request, "incidents/service_detail.html", context)


def _incidents_of(row: Service, user: User) -> dict[str, Any]:
    visible = Incident.objects.visible_to(user).filter(service=row)
    active = list(visible.unresolved().for_list()[:MAX_ACTIVE])
    resolved = visible.filter(status=Incident.Status.RESOLVED).for_list()
    past = list(resolved[:MAX_RESOLVED])
    return {
        "active": active,
        "past": past,
        "repeats": repeats([*active, *past]),
        "actionable": responders.actionable(active, user),
    }


@requires("incidents.change_service")
@require_POST
def change_service(request: SignedInRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Service.objects.visible_to(request.user), pk=pk)
    context = {
        "title": row.name,
        "service": row,
        "tab": "settings",
        "tabs": TABS,
        "may_change": True,
        "form": (form := ServiceForm(request.POST, instance=row)),
    }

    def save() -> HttpResponse:
        settings.save_service(form.instance)
        messages.success(request, f"{row} is changed.")
        return redirect(f"{row.get_absolute_url()}?tab=settings")

    return process_form(form, save, form_page(request, "incidents/service_detail.html", context))


@requires("incidents.add_service")
@require_http_methods(["GET", "HEAD", "POST"])
def new_service(request: SignedInRequest) -> HttpResponse:
    form = ServiceForm(request.POST or None)

    def save() -> HttpResponse:
        row = settings.save_service(form.instance)
        messages.success(request, f"{row} exists. Choose in its settings who is paged for it.")
        return redirect(f"{row.get_absolute_url()}?tab=settings")

    context = {"title": "New service", "form": form}
    return process_form(form, save, form_page(request, "incidents/service_new.html", context))
