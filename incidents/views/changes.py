"""What was changed: the list, to be narrowed to a service and searched."""

from django.core.paginator import Paginator
from django.db.models import Q
from django.shortcuts import render
from django.views.decorators.http import require_safe

from incidents.models import Change, Service
from opsportal.lib import pages

PAGE_SIZE = 50


@pages.signed_in()
@require_safe
def change_list(request):
    query = request.GET.get("q", "").replace("\x00", "").strip()
    wanted = request.GET.get("service", "")
    services = Service.objects.visible_to(request.user)
    rows = Change.objects.visible_to(request.user).select_related("service")
    if wanted.isascii() and wanted.isdecimal() and len(wanted) < 19:
        rows = rows.filter(service=int(wanted))
    if query:
        rows = rows.filter(
            Q(summary__icontains=query) | Q(source__icontains=query) | Q(via__icontains=query)
        )
    context = {
        "title": "What changed",
        "q": query,
        "wanted": wanted,
        "services": services,
        "page": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
    }
    if pages.is_partial(request):
        return render(request, "incidents/_changes.html", context)
    return pages.page(request, "incidents/change_list.html", context)
