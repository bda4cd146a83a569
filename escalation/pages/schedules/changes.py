"""Buttons and forms that change who is on call, and one's own shifts."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from escalation.actions import overrides, reminders
from escalation.models import Override, Schedule
from escalation.on_call import schedule_facts
from escalation.on_call.schedule_explanations import spell
from escalation.on_call.schedule_facts import instant_of, time_of
from escalation.on_call.shift_rows import shifts_of
from escalation.pages.schedules.absence_calendar import absence_calendar_of
from escalation.pages.schedules.absences import absence_form, coming_absences
from escalation.pages.schedules.absences import add as add_absence
from escalation.pages.schedules.calendars import subscriptions
from escalation.pages.schedules.covers import requests_for
from escalation.pages.schedules.dates import time_from
from escalation.pages.schedules.forms import OnCallSettingsForm, OverrideForm, TakeForm
from escalation.rights.schedule_rights import may_cancel, may_override, may_take
from escalation.schedules import resolver
from incidents.errors import InvalidRequest
from incidents.models import User
from incidents.models.people import RESPOND, UPDATE_OWN_NOTIFICATIONS
from incidents.views.base import (
    SignedInRequest,
    form_page,
    process_form,
    requires,
    requires_of_oneself,
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
    if not may_take(row, request.user):
        raise PermissionDenied
    zone = ZoneInfo(row.zone)
    now = timezone.now()
    hour = now.astimezone(zone).replace(minute=0, second=0, microsecond=0)
    start, end = (
        time_from(request.GET.get(name), now + overrides.MAX_AHEAD) for name in ("at", "until")
    )
    begins = (
        max(start, now.replace(second=0, microsecond=0)) if start else hour + timedelta(hours=1)
    )
    finishes = end or begins + timedelta(hours=4)
    initial = {
        "starts": begins.astimezone(zone).replace(tzinfo=None),
        "ends": finishes.astimezone(zone).replace(tzinfo=None),
    }
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
    """Two clicks: this one, and the choice of until when that it comes with. Raises
    PermissionDenied for who is neither in the schedule nor in its team."""
    if not may_take(row, request.user):
        raise PermissionDenied
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
    form = absence_form(request, me)

    def add() -> HttpResponse:
        say(request, add_absence(form, me, me))
        return redirect("my_shifts")

    past = shifts_of(me, now - MY_BACK, now)
    context = {
        "title": "My shifts",
        "form": form,
        "shifts": shifts_of(me, now, now + MY_AHEAD),
        "hours": round(sum(one.hours for one in past)),
        "now": now,
        "may_respond": me.has_perm(RESPOND),
        **coming_absences(me),
        **requests_for(me, now),
        "told": OnCallSettingsForm(user=me),
        "may_update_notifications": me.may_of_oneself(UPDATE_OWN_NOTIFICATIONS),
        **subscriptions(me),
        **absence_calendar_of(me),
    }
    return process_form(form, add, form_page(request, "schedules/my_shifts.html", context))


@requires(SEE)
@requires_of_oneself(UPDATE_OWN_NOTIFICATIONS)
@require_POST
def change_on_call_settings(request: SignedInRequest) -> HttpResponse:
    """What one is told of one's shifts."""
    form = OnCallSettingsForm(request.POST, user=request.user)

    def change() -> str:
        if not form.is_valid():
            raise InvalidRequest("Choose reminders of the list.")
        reminders.change_settings(request.user, form.reminders, now=timezone.now(), **form.switches)
        return "Your reminders are changed."

    return run_and_redirect(request, change, "my_shifts")


def _back(request: HttpRequest, row: Schedule) -> str:
    return pages.return_url(request, row.get_absolute_url())
