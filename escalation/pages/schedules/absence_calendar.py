"""The calendar of a person, in which absences are looked for."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from escalation.actions import absence_calendars
from escalation.actions.absence_calendars import AbsenceDraft
from escalation.models import AbsenceCalendar
from escalation.models.calendars import DEFAULT_WORDS
from escalation.on_call.schedule_facts import instant_of, time_of
from escalation.pages.schedules.calendar_field import CalendarAddressField
from incidents.errors import InvalidRequest
from incidents.models import User
from incidents.models.people import RESPOND
from incidents.views.base import SignedInRequest, requires, run_and_redirect

MAX_SHOWN = 5


class AbsenceCalendarForm(forms.Form):
    """Where the calendar is, and what in it is an absence."""

    url = CalendarAddressField(
        label="Address of your calendar",
        help_text="The secret iCalendar address, which is kept encrypted. Empty keeps the present.",
    )
    words = forms.CharField(
        label="Absences are called",
        required=False,
        max_length=300,
        initial=DEFAULT_WORDS,
        help_text="Words of their titles, parted by commas. Without any: all that takes time.",
    )


def absence_calendar_of(user: User) -> dict[str, Any]:
    """What My shifts shows of it."""
    row = AbsenceCalendar.objects.filter(user=user).first()
    now = instant_of(timezone.now())
    absences = [(time_of(a), time_of(b)) for _, a, b in row.absences if b > now] if row else []
    return {
        "absence_calendar": row,
        "absence_form": AbsenceCalendarForm(initial={"words": row.words} if row else None),
        "absence_events": absences[:MAX_SHOWN],
        "absence_count": len(absences),
    }


@requires(RESPOND)
@require_POST
def subscribe(request: SignedInRequest) -> HttpResponse:
    """Read one's calendar, from now on."""
    form = AbsenceCalendarForm(request.POST)

    def act() -> str:
        if not form.is_valid():
            raise InvalidRequest("Give an address, and at most 300 letters of words.")
        draft = AbsenceDraft(form.cleaned_data["url"], form.cleaned_data["words"])
        row = absence_calendars.subscribe(request.user, draft, timezone.now())
        count = len(row.absences)
        said = f"{count} absence{'' if count == 1 else 's'} to come"
        return f"Your calendar has {said}. Cover is asked for where they meet your shifts."

    return run_and_redirect(request, act, "my_shifts")


@requires(RESPOND)
@require_POST
def unsubscribe(request: SignedInRequest) -> HttpResponse:
    """Read it no more."""

    def act() -> str:
        absence_calendars.unsubscribe(request.user)
        return "Your calendar is read no more. What you have asked for stays."

    return run_and_redirect(request, act, "my_shifts")
