"""The list of changes, filtered by service and searched."""

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from incidents.models import Change, Service
from incidents.views.base import SignedInRequest
from opsportal.lib import pages

PAGE_SIZE = 50


@pages.signed_in()
@require_safe
def change_list(request: SignedInRequest) -> HttpResponse:
    query = request.GET.get("q", "").replace("\x00", "").strip()
    wanted = request.GET.get("service", "")
    services = Service.objects.visible_to(request.user)
    rows = Change.objects.visible_to(request.user).select_related("service")
    if service_id := pages.parse_id(wanted):
        rows = rows.filter(service=service_id)
    if query:
        rows = rows.filter(
            Q(summary__icontains=query) | Q(source__icontains=query) | Q(via__icontains=query)
        )
    context = {
        "title": "Changes",
        "q": query,
        "wanted": wanted,
        "services": services,
        "page": pages.paginate(request, rows, PAGE_SIZE),
    }
    if pages.is_partial(request):
        return render(request, "incidents/_changes.html", context)
    return pages.render_page(request, "incidents/change_list.html", context)
