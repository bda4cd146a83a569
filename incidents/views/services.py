"""Services: the list, one with its tabs, and its own settings."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.db.models import Count, Q
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from incidents.actions import settings
from incidents.forms import ServiceForm
from incidents.models import Incident, Service
from incidents.views.incident_list import repeats
from opsportal.lib import pages

TABS = [
    ("incidents", "Incidents", "notifications_active"),
    ("integrations", "Integrations", "input"),
    ("settings", "Settings", "tune"),
]
MAX_INCIDENTS = 50


@pages.signed_in()
@require_safe
def service_list(request):
    query = request.GET.get("q", "").replace("\x00", "").strip()
    rows = Service.objects.visible_to(request.user).select_related("team")
    if query:
        rows = rows.filter(Q(name__icontains=query) | Q(team__name__icontains=query))
    services = list(rows)
    context = {
        "title": "Services",
        "q": query,
        "services": [(service, counts) for service, counts in _with_counts(services)],
    }
    return pages.page(request, "incidents/service_list.html", context)


def _with_counts(services):
    """Each service with the number of its incidents in each status that is not resolved."""
    rows = Incident.objects.unresolved().filter(service__in=services).order_by()
    counted: dict[int, dict[str, int]] = {}
    for row in rows.values("service", "status").annotate(n=Count("pk")):
        counted.setdefault(row["service"], {})[row["status"]] = row["n"]
    found = [(service, counted.get(service.pk, {})) for service in services]
    return sorted(found, key=lambda pair: (-pair[1].get("open", 0), pair[0].name.lower()))


@pages.signed_in()
@require_safe
def service(request, pk):
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
    elif context["tab"] == "settings":
        context["form"] = ServiceForm(instance=row)
    return pages.page(request, "incidents/service_detail.html", context)


def _incidents_of(row, user):
    visible = Incident.objects.visible_to(user).filter(service=row)
    active = list(visible.unresolved().for_list()[:MAX_INCIDENTS])
    past = list(visible.filter(status=Incident.Status.RESOLVED).for_list()[:10])
    return {"active": active, "past": past, "repeats": repeats([*active, *past])}


@pages.signed_in()
@permission_required("incidents.change_service", raise_exception=True)
@require_POST
def change_service(request, pk):
    row = get_object_or_404(Service.objects.visible_to(request.user), pk=pk)
    form = ServiceForm(request.POST, instance=row)
    if form.is_valid():
        settings.save_service(form.instance)
        messages.success(request, f"{row} is changed.")
        return redirect(f"{row.get_absolute_url()}?tab=settings")
    context = {
        "title": Service.objects.get(pk=pk).name,
        "service": row,
        "tab": "settings",
        "tabs": TABS,
        "may_change": True,
        "form": form,
    }
    return pages.page(request, "incidents/service_detail.html", context, status=422)


@pages.signed_in()
@permission_required("incidents.add_service", raise_exception=True)
@require_http_methods(["GET", "HEAD", "POST"])
def new_service(request):
    form = ServiceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        row = settings.save_service(form.instance)
        messages.success(request, f"{row} exists. Say in its settings who is paged for it.")
        return redirect(f"{row.get_absolute_url()}?tab=settings")
    context = {"title": "New service", "form": form}
    status = 422 if form.is_bound else 200
    return pages.page(request, "incidents/service_new.html", context, status=status)
