"""Buttons and forms that change who is on call, and one's own shifts."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from functools import wraps
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from escalation import schedule_facts
from escalation.actions import absences, overrides
from escalation.models import Absence, Override, Schedule
from escalation.schedule_explanations import spell
from escalation.schedule_facts import instant_of, time_of
from escalation.schedule_pages.forms import AbsenceForm, OverrideForm, TakeForm
from escalation.schedule_pages.queries import shifts_of
from escalation.schedule_rights import may_cancel, may_override
from escalation.schedules import resolver
from incidents.models import User
from incidents.models.people import RESPOND
from incidents.views.base import (
    SignedInRequest,
    form_page,
    process_form,
    requires,
    run_and_redirect,
    say,
)
from opsportal.lib import pages

SEE = "escalation.view_schedule"
MY_AHEAD, MY_BACK = timedelta(weeks=8), timedelta(weeks=12)


@requires(RESPOND)
@require_http_methods(["GET", "HEAD", "POST"])
def add_override(request: SignedInRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Schedule.objects.visible_to(request.user), pk=pk)
    zone = ZoneInfo(row.zone)
    now = timezone.now().astimezone(zone).replace(minute=0, second=0, microsecond=0)
    start = pages.parse_id(request.GET.get("at"))
    begins = time_of(start).astimezone(zone) if start else now + timedelta(hours=1)
    end = pages.parse_id(request.GET.get("until"))
    finishes = time_of(end).astimezone(zone) if end else begins + timedelta(hours=4)
    initial = {"starts": begins.replace(tzinfo=None), "ends": finishes.replace(tzinfo=None)}
    form = OverrideForm(request.POST or None, schedule=row, user=request.user, initial=initial)

    def add() -> HttpResponse:
        draft = form.draft
        if not may_override(row, [person.pk for person in draft.people], request.user):
            raise PermissionDenied
        overrides.add_override(row, draft, by=request.user)
        say(request, f"{row} is changed for that time.")
        return redirect(row)

    context = {"title": "Override", "schedule": row, "form": form}
    return process_form(form, add, form_page(request, "schedules/override.html", context))


def changing(act: Callable[[SignedInRequest, Any], str]) -> Callable[..., HttpResponse]:
    """Decorate what a button on a schedule does; its sentence is shown on the next page."""

    @requires(RESPOND)
    @require_POST
    @wraps(act)
    def view(request: SignedInRequest, pk: int) -> HttpResponse:
        row = get_object_or_404(Schedule.objects.visible_to(request.user), pk=pk)
        return run_and_redirect(request, lambda: act(request, row), _back(request, row))

    return view


@changing
def take(request: SignedInRequest, row: Schedule) -> str:
    """Two clicks: this one, and the choice of until when that it comes with."""
    form = TakeForm(request.POST)
    chosen: dict[str, Any] = form.cleaned_data if form.is_valid() else {"until": "end"}
    now = timezone.now()
    facts = schedule_facts.load([row], now, now + timedelta(days=400))[row.pk]
    present = resolver.piece_at(facts, instant_of(now))
    if chosen["until"] == "end":
        until = min(time_of(present.end), now + overrides.MAX_LENGTH)
    else:
        until = now + timedelta(hours=int(chosen["until"]))
    instead_of = chosen.get("instead_of")
    if instead_of is None and len(present.places) == 1:
        instead_of = User.objects.filter(pk=present.places[0].user).first()
    made = overrides.take(row, request.user, until, instead_of=instead_of)
    return f"You are on call in {row} until {spell(made.ends_at, request.user.zone)}."


@requires(RESPOND)
@require_POST
def cancel_override(request: SignedInRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Override.objects.select_related("schedule"), pk=pk)
    get_object_or_404(Schedule.objects.visible_to(request.user), pk=row.schedule_id)
    if not may_cancel(row, request.user):
        return HttpResponse(status=403)

    def cancel() -> str:
        overrides.cancel_override(row, by=request.user)
        return "The override is cancelled."

    return run_and_redirect(request, cancel, row.schedule)


@requires(SEE)
@require_http_methods(["GET", "HEAD", "POST"])
def my_shifts(request: SignedInRequest) -> HttpResponse:
    """One's next shifts, out of office, and the hours of the last weeks."""
    now, me = timezone.now(), request.user
    tomorrow = (now.astimezone(me.zone) + timedelta(days=1)).date()
    morning = datetime.combine(tomorrow, time())
    initial = {"starts": morning, "ends": morning + timedelta(days=1)}
    form = AbsenceForm(request.POST or None, user=me, initial=initial)

    def add() -> HttpResponse:
        found = form.cleaned_data
        extra = {name: found[name] for name in ("cover", "team", "note")}
        absences.add_absence(me, form.span, by=me, **extra)
        who = f"{found['cover']} covers" if found["cover"] else "Nobody covers: you stay on call"
        say(request, f"You are out of office then. {who}.")
        return redirect("my_shifts")

    past = shifts_of(me, now - MY_BACK, now)
    coming = me.absences.filter(ends_at__gt=now, cancelled_at=None)
    context = {
        "title": "My shifts",
        "form": form,
        "shifts": shifts_of(me, now, now + MY_AHEAD),
        "hours": round(sum(one.hours for one in past)),
        "absences": coming.select_related("cover", "team"),
        "now": now,
    }
    return process_form(form, add, form_page(request, "schedules/my_shifts.html", context))


@requires(SEE)
@require_POST
def cancel_absence(request: SignedInRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Absence, pk=pk, user=request.user)

    def cancel() -> str:
        absences.cancel_absence(row)
        return "You are in the office again."

    return run_and_redirect(request, cancel, "my_shifts")


def _back(request: HttpRequest, row: Schedule) -> str:
    return pages.return_url(request, row.get_absolute_url())
