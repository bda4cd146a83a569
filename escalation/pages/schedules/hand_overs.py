"""Hand-overs of a schedule: a list that can be searched, and the note of each."""

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from escalation.actions import confirmations, hand_overs
from escalation.models import CoverRequest, HandOver, Schedule
from escalation.planned_work import planned_work
from escalation.rights.schedule_rights import may_write_note
from incidents.models import Change, Incident, User
from incidents.views.base import (
    SignedInRequest,
    form_page,
    process_form,
    requires,
    run_and_redirect,
    say,
)
from notifications.models import Notification
from notifications.page import PAGES
from opsportal.lib import pages

SEE = "escalation.view_schedule"
PAGE_SIZE = 50
MAX_SHOWN = 50


class NoteForm(forms.Form):
    """What whoever takes over has to know."""

    note = forms.CharField(
        label="Note",
        required=False,
        max_length=hand_overs.MAX_NOTE_CHARS,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text="What to watch, what was tried, what is left. It is sent at the hand-over.",
    )


@requires(SEE)
@require_safe
def hand_over_list(request: SignedInRequest, pk: int) -> HttpResponse:
    """Those to come, and those that were, the latest first; ``?q=`` searches their notes."""
    schedule = get_object_or_404(Schedule.objects.visible_to(request.user), pk=pk)
    query = request.GET.get("q", "").strip().replace("\x00", "")
    rows = schedule.hand_overs.all()
    if query:
        rows = rows.filter(note__icontains=query)
    page = pages.paginate(request, rows, PAGE_SIZE)
    people = {user for row in page.object_list for user in (*row.outgoing, *row.incoming)}
    names = hand_overs.names_of(people)
    context = {
        "title": f"Hand-overs of {schedule}",
        "schedule": schedule,
        "rows": [(row, *_sides(row, names)) for row in page.object_list],
        "page": page,
        "q": query,
        "now": timezone.now(),
        "zone": ZoneInfo(schedule.zone),
    }
    return pages.render_page(request, "schedules/hand_overs.html", context)


@requires(SEE)
@require_http_methods(["GET", "HEAD", "POST"])
def hand_over(request: SignedInRequest, pk: int) -> HttpResponse:
    """What happened in the shift that ends, and the note for the next."""
    seen = HandOver.objects.visible_to(request.user).select_related("schedule", "written_by")
    row = get_object_or_404(seen, pk=pk)
    may_write = may_write_note(row, request.user)
    if request.method == "POST" and not may_write:
        return HttpResponse(status=403)
    form = NoteForm(request.POST or None, initial={"note": row.note})

    def write() -> HttpResponse:
        hand_overs.write_note(row, form.cleaned_data["note"], by=request.user)
        say(request, "The note is kept.")
        return redirect(row)

    context = _context(row, request.user) | {"form": form, "may_write": may_write}
    return process_form(form, write, form_page(request, "schedules/hand_over.html", context))


@requires(SEE)
@require_POST
def confirm_hand_over(request: SignedInRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(HandOver.objects.visible_to(request.user), pk=pk)

    def confirm() -> str:
        confirmations.confirm(row, request.user, now=timezone.now())
        return "You have it. Whoever handed over is off."

    return run_and_redirect(request, confirm, row)


def _context(row: HandOver, user: User) -> dict[str, Any]:
    names = hand_overs.names_of([*row.outgoing, *row.incoming])
    outgoing, incoming = _sides(row, names)
    of_shift = hand_overs.incidents_of(row).values("pk")
    incidents = Incident.objects.visible_to(user).filter(pk__in=of_shift).for_list()
    asked = list(row.confirmations.select_related("user"))
    until = min(row.at, timezone.now())
    span = {"at__gte": row.began_at, "at__lt": until}
    services = hand_overs.services_of(row.schedule)
    sent = Notification.objects.filter(
        user__in=row.outgoing, event__in=PAGES, created_at__range=(row.began_at, until)
    )
    return {
        "title": f"Hand-over of {row.schedule}",
        "row": row,
        "schedule": row.schedule,
        "zone": ZoneInfo(row.schedule.zone),
        "outgoing": outgoing,
        "incoming": incoming,
        "confirmations": asked,
        "must_confirm": any(one.user == user and one.confirmed_at is None for one in asked),
        "is_past": row.at <= timezone.now(),
        "open": incidents.exclude(status=Incident.Status.RESOLVED)[:MAX_SHOWN],
        "resolved": incidents.filter(status=Incident.Status.RESOLVED)[:MAX_SHOWN],
        "snoozed": incidents.filter(status=Incident.Status.ON_HOLD, snoozed_until__gt=until),
        "changes": Change.objects.visible_to(user).filter(service__in=services, **span)[:MAX_SHOWN],
        **_next_shift(row, services, user),
        "page_count": sent.values("page_key").distinct().count(),
    }


def _next_shift(row: HandOver, services: Sequence[int], user: User) -> dict[str, Any]:
    """What is known of the shift that begins: maintenance, overrides, and open requests."""
    ends_at = hand_overs.ends_at(row)
    of_next = {"starts_at__lt": ends_at, "ends_at__gt": row.at}
    overrides = row.schedule.overrides.filter(cancelled_at=None, **of_next).order_by("starts_at")
    shown = list(overrides.select_related("instead_of")[:MAX_SHOWN])
    names = hand_overs.names_of({person for one in shown for person in one.people})
    uncovered = CoverRequest.objects.open().filter(schedule=row.schedule, **of_next)
    return {
        "next_ends_at": ends_at,
        "planned": planned_work(services, row.at, ends_at, user)[:MAX_SHOWN],
        "overrides": [(one, " + ".join(names[person] for person in one.people)) for one in shown],
        "uncovered": uncovered.select_related("asker")[:MAX_SHOWN],
    }


def _sides(row: HandOver, names: dict[int, str]) -> tuple[str, str]:
    return tuple(  # type: ignore[return-value]
        " + ".join(names[user] for user in side) for side in (row.outgoing, row.incoming)
    )
