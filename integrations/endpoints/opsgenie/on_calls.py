"""The part of Opsgenie's API that says who is on call; with an API key of the portal.

https://docs.opsgenie.com/docs/who-is-on-call-api
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpResponse
from django.utils import timezone

from escalation.models import Schedule
from escalation.on_call import lookup
from escalation.on_call.schedule_facts import time_of, timeline_of
from escalation.schedules.timeline import AbsenceCause, OverrideCause, Place
from incidents.models import User
from integrations.dialects.opsgenie.responses import moment
from integrations.endpoints.opsgenie.http import OK, ApiError, OpsgenieView
from integrations.endpoints.readers import ReaderAuthentication, refusals
from integrations.endpoints.request import MessageRequest
from integrations.endpoints.schema import answer, documented

NO_SCHEDULE = "Schedule not found"
UNIT_DAYS = {"days": 1, "weeks": 7, "months": 31}
MAX_DAYS = 400
PARENT = {"id": "7", "name": "Payments", "enabled": True}
MISSING = {
    404: answer("There is no such schedule.", {"message": NO_SCHEDULE, **OK}),
    422: answer("A parameter is wrong.", {"message": "date: …", **OK}),
    **refusals({"message": "…", **OK}),
}


class ScheduleReader(OpsgenieView):
    """An address below ``/v2/schedules/``, whose schedule is named by its id or its name."""

    methods = ("GET",)
    authentication_classes = [ReaderAuthentication]

    def schedule(self, request: MessageRequest, identifier: str) -> Schedule:
        """Raises ApiError: 404 where there is none that the person of the key may see."""
        kinds = (request.GET.get(name) for name in ("scheduleIdentifierType", "identifierType"))
        kind = next(filter(None, kinds), "id").lower()
        find = lookup.schedule_of_name if kind == "name" else lookup.schedule_of_id
        user: Any = request.user
        found = find(user, identifier)
        if found is None:
            raise ApiError(404, NO_SCHEDULE)
        return found

    def date(self, request: MessageRequest) -> datetime:
        """``date``, or now. Raises ApiError."""
        text = request.GET.get("date", "")
        try:
            return lookup.read_instant(text) if text else timezone.now()
        except ValueError as error:
            raise ApiError(422, "date: write a time such as 2026-03-30T07:00:00Z") from error


def _parent(schedule: Schedule) -> dict[str, Any]:
    return {"id": schedule.source_id or str(schedule.pk), "name": schedule.name, "enabled": True}


def _participant(person: User) -> dict[str, str]:
    return {"id": str(person.pk), "name": person.email, "type": "user"}


def _is_flat(request: MessageRequest) -> bool:
    return request.GET.get("flat", "").lower() == "true"


def _on_calls(schedule: Schedule, people: Sequence[User], *, is_flat: bool) -> dict[str, Any]:
    if is_flat:
        return {"_parent": _parent(schedule), "onCallRecipients": [one.email for one in people]}
    return {"_parent": _parent(schedule), "onCallParticipants": list(map(_participant, people))}


class OnCallsView(ScheduleReader):
    """``/v2/schedules/<identifier>/on-calls``: with ``flat=true`` the log-ins alone."""

    @documented(
        "Opsgenie: who is on call",
        responses={
            200: answer(
                "They are.",
                {"data": {"_parent": PARENT, "onCallRecipients": ["ana@example.com"]}, **OK},
            ),
            **MISSING,
        },
    )
    def get(self, request: MessageRequest, identifier: str) -> HttpResponse:
        schedule, at = self.schedule(request, identifier), self.date(request)
        people = lookup.on_call_at(schedule, at)[0].people
        data = _on_calls(schedule, people, is_flat=_is_flat(request))
        return self.respond(200, {"data": data})


class AllOnCallsView(ScheduleReader):
    """``/v2/schedules/on-calls``: of every schedule."""

    @documented(
        "Opsgenie: who is on call in every schedule",
        responses={200: answer("They are.", {"data": [{"_parent": PARENT}], **OK}), **MISSING},
    )
    def get(self, request: MessageRequest) -> HttpResponse:
        at, user = self.date(request), request.user
        rows = list(Schedule.objects.visible_to(user))  # type: ignore[arg-type]
        found = lookup.on_calls_at(rows, at)
        is_flat = _is_flat(request)
        data = [_on_calls(row, found[row.pk][0].people, is_flat=is_flat) for row in rows]
        return self.respond(200, {"data": data})


class NextOnCallsView(ScheduleReader):
    """``/v2/schedules/<identifier>/next-on-calls``: whoever comes after those who are."""

    @documented(
        "Opsgenie: who is on call next",
        responses={
            200: answer(
                "They are.",
                {
                    "data": {"_parent": PARENT, "exactNextOnCallParticipants": ["bo@example.com"]},
                    **OK,
                },
            ),
            **MISSING,
        },
    )
    def get(self, request: MessageRequest, identifier: str) -> HttpResponse:
        schedule = self.schedule(request, identifier)
        following = lookup.on_call_at(schedule, self.date(request))[1]
        people = following.people if following else []
        # These two words are the other way around than in on-calls, as at Opsgenie itself.
        name = "NextOnCallParticipants" if _is_flat(request) else "NextOnCallRecipients"
        found: list[Any] = [one.email for one in people]
        if not _is_flat(request):
            found = list(map(_participant, people))
        data = {f"n{name[1:]}": found, f"exact{name}": found}
        return self.respond(200, {"data": {"_parent": _parent(schedule), **data}})


class TimelineView(ScheduleReader):
    """``/v2/schedules/<identifier>/timeline``: as one rotation, with what changed it."""

    @documented(
        "Opsgenie: the timeline of a schedule",
        responses={
            200: answer("It is.", {"data": {"finalTimeline": {"rotations": []}}, **OK}),
            **MISSING,
        },
    )
    def get(self, request: MessageRequest, identifier: str) -> HttpResponse:
        schedule, start = self.schedule(request, identifier), self.date(request)
        end = start + timedelta(days=self._days(request))
        pieces = timeline_of(schedule, start, end)
        people = User.objects.in_bulk({place.user for one in pieces for place in one.places})
        periods = [
            {
                "startDate": moment(time_of(piece.start)),
                "endDate": moment(time_of(piece.end)),
                "type": _type(place),
                "recipient": _participant(people[place.user]),
            }
            for piece in pieces
            for place in piece.places
            if place.user in people
        ]
        rotation = {"id": str(schedule.pk), "name": schedule.name, "order": 1.0, "periods": periods}
        data = {
            "_parent": _parent(schedule),
            "startDate": moment(start),
            "endDate": moment(end),
            "finalTimeline": {"rotations": [rotation]},
        }
        return self.respond(200, {"data": data, "expandable": []})

    def _days(self, request: MessageRequest) -> int:
        """``interval`` of ``intervalUnit``, by default a week, at most 400 days."""
        unit = request.GET.get("intervalUnit", "weeks").lower()
        text = request.GET.get("interval", "1")
        number = int(text) if text.isascii() and text.isdecimal() and len(text) < 4 else 0
        days = number * UNIT_DAYS.get(unit, 0)
        if not 0 < days <= MAX_DAYS:
            said = "interval: a whole number of days, weeks or months, of at most 400 days"
            raise ApiError(422, said)
        return days


def _type(place: Place) -> str:
    if any(isinstance(cause, AbsenceCause) for cause in place.causes):
        return "forwarding"
    changed = any(isinstance(cause, OverrideCause) for cause in place.causes)
    return "override" if changed else "default"
