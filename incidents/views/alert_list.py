"""The list of alerts: every one, with where it came from, how often, and its incident."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from incidents.alert_forms import AlertListForm
from incidents.alert_listing import STATUSES, read_page
from incidents.views.base import SignedInRequest
from opsportal.lib import pages


@pages.signed_in()
@require_safe
def alert_list(request: SignedInRequest) -> HttpResponse:
    """A page of the alerts, newest first; it refreshes itself while the newest are shown."""
    form = AlertListForm(request.GET, user=request.user)
    wanted = form.wanted
    context = {
        "title": "Alerts",
        "form": form,
        "wanted": wanted,
        "page": read_page(wanted, user=request.user, now=timezone.now()),
        "tabs": STATUSES.items(),
    }
    if pages.is_partial(request):
        return render(request, "incidents/_alerts.html", context)
    return pages.render_page(request, "incidents/alert_list.html", context)
