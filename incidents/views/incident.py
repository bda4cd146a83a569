"""The page of one incident, and what a person does there."""

from collections.abc import Callable

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST, require_safe

from incidents import responders, snooze_choices
from incidents.actions import respond
from incidents.errors import DomainError
from incidents.forms import AssignForm, SnoozeForm
from incidents.models import Incident, User
from incidents.views.base import SignedInRequest, View, run_and_redirect
from opsportal.lib import pages

MAX_ENTRIES = 200
MAX_ALERTS = 50


@pages.signed_in()
@require_safe
def incident(request: SignedInRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Incident.objects.visible_to(request.user).for_list(), pk=pk)
    entries = row.timeline.select_related("by").order_by("-at", "-pk")
    colleagues = list(User.objects.visible_to(request.user).active())
    informed = set(User.objects.stakeholders().values_list("pk", flat=True))
    context = {
        "title": f"#{row.pk} {row.title}",
        "incident": row,
        "entries": entries[:MAX_ENTRIES],
        "alerts": row.alerts.all()[:MAX_ALERTS],
        "why_not": responders.why_not(request.user, row),
        "colleagues": [user for user in colleagues if user.pk not in informed],
        "names": {user.pk: str(user) for user in colleagues},
        "snooze_choices": snooze_choices.CHOICES,
    }
    if pages.is_partial(request):
        return render(request, "incidents/_incident.html", context)
    return pages.render_page(request, "incidents/incident_detail.html", context)


def responding(act: Callable[[SignedInRequest, Incident], str]) -> View:
    """A view that does one thing to one incident, and redirects to where it was asked for."""

    @pages.signed_in()
    @require_POST
    def view(request: SignedInRequest, pk: int) -> HttpResponse:
        row = get_object_or_404(Incident.objects.visible_to(request.user), pk=pk)
        if reason := responders.why_not(request.user, row):
            raise PermissionDenied(reason)
        url = pages.return_url(request, row.get_absolute_url())
        return run_and_redirect(request, lambda: act(request, row), url)

    return view


@responding
def acknowledge(request: SignedInRequest, row: Incident) -> str:
    respond.acknowledge(row.pk, by=request.user, via="web")
    return f"You have #{row.pk}. Nobody else is paged for it."


@responding
def resolve(request: SignedInRequest, row: Incident) -> str:
    cancelled = request.POST.get("cancelled") == "1"
    note = request.POST.get("note", "").strip()
    respond.resolve(row.pk, by=request.user, via="web", note=note, cancelled=cancelled)
    return f"#{row.pk} is {'cancelled' if cancelled else 'resolved'}."


@responding
def snooze(request: SignedInRequest, row: Incident) -> str:
    form = SnoozeForm(request.POST)
    until = form.until_when(request.user) if form.is_valid() else None
    if until is None:
        raise DomainError("Choose a duration, or a day and a time.")
    reason = form.cleaned_data["reason"]
    respond.snooze(row.pk, until, by=request.user, via="web", reason=reason)
    local = until.astimezone(request.user.zone)
    return f"#{row.pk} is on hold until {local:%a %d %b, %H:%M}. Then it pages again."


@responding
def assign(request: SignedInRequest, row: Incident) -> str:
    form = AssignForm(request.POST, viewer=request.user)
    user = form.cleaned_data["user"] if form.is_valid() else None
    if user is None:
        raise DomainError(" ".join(map(str, form.non_field_errors())) or "Choose an assignee.")
    respond.assign(row.pk, user, by=request.user, via="web")
    return f"#{row.pk} is {user}'s now."


@responding
def comment(request: SignedInRequest, row: Incident) -> str:
    respond.comment(row.pk, request.POST.get("text", ""), by=request.user, via="web")
    return "Your comment is on the timeline."
