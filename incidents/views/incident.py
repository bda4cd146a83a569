"""The page of one incident, and what a person does there."""

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from incidents import acknowledgement_rules, responders, snooze_choices
from incidents.actions import respond, watching
from incidents.custom_fields import named_values
from incidents.errors import DomainError
from incidents.forms import AssignForm, SnoozeForm
from incidents.models import Incident, Merge, Team, User
from incidents.related_incidents import related_incidents
from incidents.views.base import SignedInRequest, Underway, View, run_and_redirect
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
    watchers = list(row.watchers.select_related("user"))
    context = {
        "title": f"#{row.pk} {row.title}",
        "incident": row,
        "entries": entries[:MAX_ENTRIES],
        "alerts": row.alerts.all()[:MAX_ALERTS],
        "why_not": responders.why_not(request.user, row),
        "colleagues": [user for user in colleagues if user.pk not in informed],
        "related": related_incidents(row, request.user),
        "merge": (merge := _merge_of(row)),
        "merge_title": _title_for(request.user, merge.target) if merge else "",
        "topics": list(row.topics.all()),
        "requests": list(row.responder_requests.select_related("user", "requested_by")),
        "watchers": watchers,
        "is_watched": any(one.user_id == request.user.pk for one in watchers),
        "labels": named_values(row.custom_fields),
        "teams": Team.objects.visible_to(request.user),
        "names": {user.pk: str(user) for user in colleagues},
        "snooze_choices": snooze_choices.choices_for(row, request.user, timezone.now()),
    }
    if pages.is_partial(request):
        return render(request, "incidents/_incident.html", context)
    return pages.render_page(request, "incidents/incident_detail.html", context)


def _merge_of(incident: Incident) -> Merge | None:
    """How it became a part of another; None where it is none."""
    if not incident.merged_into_id:
        return None
    return incident.merges.filter(undone_at=None).select_related("target").first()


def _title_for(reader: User, incident: Incident) -> str:
    """The title of another incident; "" where it is not for the reader."""
    seen = Incident.objects.visible_to(reader).filter(pk=incident.pk)
    return incident.title if seen.exists() else ""


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
    incident = respond.acknowledge(row.pk, by=request.user, via="web")
    if count := acknowledgement_rules.count(incident):
        return Underway(f"{count}: #{row.pk} goes on paging until all have.")
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
    until = form.until_when(request.user, row) if form.is_valid() else None
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


@pages.signed_in()
@require_POST
def watch(request: SignedInRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Incident.objects.visible_to(request.user), pk=pk)
    watching.watch(row.pk, request.user, by=request.user, via="web")
    messages.success(request, f"You are told of updates of #{row.pk}.")
    return redirect(row)


@pages.signed_in()
@require_POST
def unwatch(request: SignedInRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Incident.objects.visible_to(request.user), pk=pk)
    watching.unwatch(row.pk, request.user, by=request.user, via="web")
    messages.success(request, f"You are told of no updates of #{row.pk} any more.")
    still_seen = Incident.objects.visible_to(request.user).filter(pk=row.pk).exists()
    return redirect(row if still_seen else "incidents")


@responding
def add_watcher(request: SignedInRequest, row: Incident) -> str:
    form = AssignForm(request.POST, viewer=request.user)
    user = form.cleaned_data["user"] if form.is_valid() else None
    if user is None:
        raise DomainError(" ".join(map(str, form.non_field_errors())) or "Choose a person.")
    watching.watch(row.pk, user, by=request.user, via="web")
    return f"{user} is told of updates of #{row.pk}."


@responding
def comment(request: SignedInRequest, row: Incident) -> str:
    respond.comment(row.pk, request.POST.get("text", ""), by=request.user, via="web")
    return "Your comment is on the timeline."
