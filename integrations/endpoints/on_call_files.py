"""``/oncall/<schedule>.txt|json|vcf|ics``: whoever is on call, for a telephone system."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpResponse, JsonResponse
from django.urls import path
from django.utils import timezone

from escalation.models import Schedule
from escalation.on_call import lookup
from escalation.on_call.lookup import OnCall
from escalation.on_call.shift_documents import MAX_EVENTS, export_calendar
from escalation.on_call.shift_rows import rows_of
from incidents.models import User
from integrations.endpoints import responses
from integrations.endpoints.readers import ReaderView, refusals
from integrations.endpoints.request import MessageRequest
from integrations.endpoints.schema import TEXT, answer, documented
from integrations.endpoints.view import EndpointError

NO_SCHEDULE = "There is no such schedule."
CALENDAR_SPAN = timedelta(days=30)
VCARD_SIGNS = str.maketrans({"\\": "\\\\", ",": "\\,", ";": "\\;", "\n": "\\n", "\r": ""})


def as_text(schedule: Schedule, at: datetime) -> HttpResponse:
    """A line for each person: the name, a tab, the number as it is dialled."""
    people = lookup.on_call_at(schedule, at)[0].people
    lines = [f"{' '.join(str(one).split())}\t{one.dialled_number}\n" for one in people]
    return responses.plain("".join(lines))


def as_json(schedule: Schedule, at: datetime) -> HttpResponse:
    """Whoever is on call, until when, and who comes next."""
    present, following = lookup.on_call_at(schedule, at)
    return JsonResponse(
        {
            "schedule": schedule.name,
            "people": _people(present.people),
            "until": present.end.isoformat() if following else None,
            "next": _people(following.people) if following else [],
        }
    )


def _people(people: Sequence[User]) -> list[dict[str, str]]:
    return [
        {"name": str(one), "email": one.email, "phone": one.dialled_number or ""} for one in people
    ]


def as_vcards(schedule: Schedule, at: datetime) -> HttpResponse:
    """A card of version 3.0 for each person."""
    present: OnCall = lookup.on_call_at(schedule, at)[0]
    text = "".join(_vcard(one, schedule) for one in present.people)
    return HttpResponse(text, content_type="text/vcard; charset=utf-8")


def _vcard(person: User, schedule: Schedule) -> str:
    name = str(person).translate(VCARD_SIGNS)
    lines = ["BEGIN:VCARD", "VERSION:3.0", f"FN:{name}", f"N:{name};;;;"]
    lines.append(f"EMAIL;TYPE=INTERNET:{person.email.translate(VCARD_SIGNS)}")
    if person.dialled_number:
        lines.append(f"TEL;TYPE=VOICE:{person.dialled_number}")
    lines += [f"NOTE:On call: {schedule.name.translate(VCARD_SIGNS)}", "END:VCARD", ""]
    return "\r\n".join(lines)


def as_calendar(schedule: Schedule, at: datetime) -> HttpResponse:
    """The shifts of the next 30 days, an event for each person: those of the feeds."""
    zone = ZoneInfo(schedule.zone)
    rows = rows_of([schedule], at, at + CALENDAR_SPAN, zone=zone)[:MAX_EVENTS]
    text = export_calendar(f"On call: {schedule.name}", zone, rows)
    return HttpResponse(text, content_type="text/calendar; charset=utf-8")


FORMS: Mapping[str, Callable[[Schedule, datetime], HttpResponse]] = {
    "txt": as_text,
    "json": as_json,
    "vcf": as_vcards,
    "ics": as_calendar,
}


class OnCallFileView(ReaderView):
    """By its number, its id at the pager that it came from, or its name. ``at``: another time."""

    @documented(
        "On call: names and numbers",
        responses={
            200: answer("Nobody: no line.", "Ana Almeida\t+49301234567\n", TEXT),
            400: answer("``at`` is no time.", {"code": "invalid", "detail": "…"}),
            404: answer(NO_SCHEDULE, {"code": "unknown_schedule", "detail": NO_SCHEDULE}),
            **refusals({"code": "missing_scope", "detail": "…"}),
        },
    )
    def get(self, request: MessageRequest, schedule: str, form: str) -> HttpResponse:
        user: Any = request.user
        found = lookup.schedule_of_id(user, schedule) or lookup.schedule_of_name(user, schedule)
        if found is None:
            return self.error(404, "unknown_schedule", NO_SCHEDULE)
        response = FORMS[form](found, self._at(request))
        response["Cache-Control"] = "no-store"
        return response

    def _at(self, request: MessageRequest) -> datetime:
        text = request.GET.get("at", "")
        try:
            return lookup.read_instant(text) if text else timezone.now()
        except ValueError as error:
            answered = self.error(400, "invalid", "at: write a time such as 2026-03-30T07:00Z.")
            raise EndpointError(answered) from error


urlpatterns = [
    path(f"oncall/<str:schedule>.{form}", OnCallFileView.as_view(), {"form": form})
    for form in FORMS
]
