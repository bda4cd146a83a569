"""The list of incidents, and what is done to several of them at once."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.db.models import Count, Sum
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from incidents import listing, snooze_choices
from incidents.actions import respond
from incidents.errors import DomainError
from incidents.forms import ListForm, SnoozeForm
from incidents.models import Alert, Incident
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


@pages.signed_in()
@require_safe
def incident_list(request):
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
        "tabs": [(key, label, tone, counts.get(key, 0)) for key, label, tone in TABS],
        "snooze_choices": snooze_choices.CHOICES,
    }
    if pages.is_partial(request):
        return render(request, "incidents/_rows.html", context)
    return pages.page(request, "incidents/incident_list.html", context)


def repeats(incidents):
    """For each incident how many alerts it has, and how often they were reported."""
    rows = Alert.objects.filter(incident__in=[i.pk for i in incidents]).order_by()
    counted = rows.values("incident").annotate(alerts=Count("pk"), times=Sum("count"))
    return {row["incident"]: row for row in counted}


@pages.signed_in()
@permission_required("incidents.respond", raise_exception=True)
@require_POST
def act_on_several(request):
    """Each incident has its own fate: one that refuses does not stop the others."""
    numbers = [n for n in request.POST.getlist("incident") if n.isdecimal()][:MAX_AT_ONCE]
    chosen = Incident.objects.visible_to(request.user).filter(pk__in=numbers)
    act, done = _deed(request)
    if act is None:
        messages.error(request, "Say what is to be done, and until when.")
        return redirect(pages.back(request, "incidents"))
    count = 0
    for number in chosen.values_list("pk", flat=True):
        try:
            act(number)
            count += 1
        except DomainError as refusal:
            messages.warning(request, str(refusal))
    if count:
        messages.success(request, f"{done} {count} incident{'' if count == 1 else 's'}.")
    return redirect(pages.back(request, "incidents"))


def _deed(request):
    who = {"by": request.user, "via": "web"}
    deed = request.POST.get("deed", "")
    if deed == "acknowledge":
        return lambda number: respond.acknowledge(number, **who), "Acknowledged"
    if deed == "resolve":
        return lambda number: respond.resolve(number, **who), "Resolved"
    form = SnoozeForm({"choice": deed.removeprefix("snooze:")})
    if deed.startswith("snooze:") and form.is_valid():
        until = form.until_when(request.user)
        return lambda number: respond.snooze(number, until, **who), "Put on hold"
    return None, ""
