"""The Inbound Log: every message that came in."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from incidents.models import Incident, Service
from incidents.views.base import SignedInRequest
from integrations.models import InboundMessage, Integration
from integrations.pages.log.queries import TIME_RANGES, read_page
from opsportal.lib import pages
from opsportal.lib.pages import parse_id

# Asked for by links of other pages, and kept by the form.
HIDDEN = ("alert", "incident")
FILTERS = ("status", "integration", "service", "span", "q", *HIDDEN)


@pages.signed_in()
def message_list(request: SignedInRequest) -> HttpResponse:
    """A page of the log, newest first; it refreshes itself while the newest are shown."""
    rows = InboundMessage.objects.visible_to(request.user)
    found = read_page(rows, request.GET.dict(), timezone.now())
    # Who administers integrations reads the log of services whose incidents are not theirs to see.
    incidents = Incident.objects.visible_to(request.user).filter(
        pk__in={row.incident_id for row in found.rows if row.incident_id}
    )
    context = {
        "title": "Inbound Log",
        "page": found,
        "kept": {name: number for name in HIDDEN if (number := parse_id(request.GET.get(name)))},
        "is_filtered": any(request.GET.get(name) for name in FILTERS),
        "visible_incidents": set(incidents.values_list("pk", flat=True)),
    }
    if pages.is_partial(request):
        return render(request, "integrations/_messages.html", context)
    integrations = Integration.objects.visible_to(request.user).order_by("name")
    context |= {
        "statuses": InboundMessage.Status,
        "spans": [(key, words) for key, (words, _) in TIME_RANGES.items()],
        "integrations": integrations.values_list("pk", "name"),
        "services": Service.objects.filter(integrations__in=integrations.values("pk")).distinct(),
        "is_newest": "before" not in request.GET,
    }
    return pages.render_page(request, "integrations/message_list.html", context)
