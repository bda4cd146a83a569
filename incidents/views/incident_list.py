"""The list of incidents, and actions on several of them at once."""

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Sum
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from incidents import listing, responders, snooze_choices
from incidents.actions import respond
from incidents.errors import DomainError
from incidents.export import csv_response
from incidents.forms import ListForm
from incidents.models import Alert, Incident
from incidents.models.people import RESPOND
from incidents.views.base import SignedInRequest, requires
from opsportal.lib import pages

TABS = [
    ("active", "Active", ""),
    ("open", "Open", "red"),
    ("acknowledged", "Acknowledged", "blue"),
    ("on_hold", "On hold", "violet"),
    ("resolved", "Resolved", ""),
    ("all", "All", ""),
]
MAX_AT_ONCE = 200
Action = Callable[[int], Any]


@pages.signed_in()
@require_safe
def incident_list(request: SignedInRequest) -> HttpResponse:
    form = ListForm(request.GET, user=request.user)
    wanted = form.wanted
    rows = Incident.objects.visible_to(request.user)
    rows = listing.narrow(rows, wanted, user=request.user, now=timezone.now())
    shown = listing.with_status(rows, wanted["status"])
    found = listing.read_page(shown, wanted["sort"], wanted.get("after"))
    counts = listing.counts(rows)
    context = {
        "title": "Incidents",
        "form": form,
        "wanted": wanted,
        "listing": found,
        "repeats": repeats(found.incidents),
        "actionable": responders.actionable(found.incidents, request.user),
        "tabs": [(key, label, tone, counts.get(key, 0)) for key, label, tone in TABS],
        "snooze_choices": snooze_choices.CHOICES,
    }
    if pages.is_partial(request):
        return render(request, "incidents/_rows.html", context)
    return pages.render_page(request, "incidents/incident_list.html", context)


@requires("incidents.Export_GlobalAccess")
@require_safe
def export_incidents(request: SignedInRequest) -> Any:
    """What the list holds with the same filters, as CSV."""
    wanted = ListForm(request.GET, user=request.user).wanted
    rows = Incident.objects.visible_to(request.user)
    rows = listing.narrow(rows, wanted, user=request.user, now=timezone.now())
    return csv_response(listing.with_status(rows, wanted["status"]))


def repeats(incidents: Iterable[Incident]) -> dict[int, dict[str, int]]:
    """Alerts of each incident (``alerts``), and how often they were reported (``times``)."""
    rows = Alert.objects.filter(incident__in=[i.pk for i in incidents]).order_by()
    counted = rows.values_list("incident").annotate(alerts=Count("pk"), times=Sum("count"))
    return {pk: {"alerts": alerts, "times": times} for pk, alerts, times in counted}


@pages.signed_in()
@require_POST
def act_on_several(request: SignedInRequest) -> HttpResponse:
    """Run one action on each; one that is refused does not stop the others."""
    ids = map(pages.parse_id, request.POST.getlist("incident")[:MAX_AT_ONCE])
    wanted = {pk for pk in ids if pk}
    chosen = Incident.objects.respondable_by(request.user).filter(pk__in=wanted)
    if not request.user.has_perm(RESPOND) and not chosen.exists():
        raise PermissionDenied(responders.NO_ROLE)
    action, done = _action(request)
    if action is None:
        messages.error(request, "Choose an action, and until when.")
        return redirect(pages.return_url(request, "incidents"))
    count = 0
    for number in chosen.values_list("pk", flat=True):
        try:
            incident = action(number)
            count += 1
            if request.POST.get("do") == "acknowledge" and incident.can_be_acknowledged:
                messages.warning(request, f"#{number} goes on paging: others have to acknowledge.")
        except DomainError as refusal:
            messages.warning(request, str(refusal))
    if count:
        messages.success(request, f"{done} {count} incident{'' if count == 1 else 's'}.")
    return redirect(pages.return_url(request, "incidents"))


def _action(request: SignedInRequest) -> tuple[Action | None, str]:
    """What the posted ``do`` means to an incident, and the verb of the message about it."""
    who: dict[str, Any] = {"by": request.user, "via": "web"}
    name = request.POST.get("do", "")
    if name == "acknowledge":
        return lambda number: respond.acknowledge(number, **who), "Acknowledged"
    if name == "resolve":
        return lambda number: respond.resolve(number, **who), "Resolved"
    choice = name.removeprefix("snooze:")
    if name.startswith("snooze:") and choice in dict(snooze_choices.CHOICES):
        until = snooze_choices.until(choice, now=timezone.now(), zone=request.user.zone)
        return lambda number: respond.snooze(number, until, **who), "Put on hold"
    return None, ""
