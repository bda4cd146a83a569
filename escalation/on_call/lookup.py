"""Who is on call in schedules, as other systems ask for it: by id or name, at an instant."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import NamedTuple

from django.db.models import Q

from escalation.models import Schedule
from escalation.on_call import schedule_facts
from escalation.on_call.schedule_facts import instant_of, time_of
from escalation.schedules import resolver
from escalation.schedules.facts import Facts
from escalation.schedules.timeline import Piece, Timeline, same_people
from incidents.models import User

MAX_DIGITS = 18
YEARS = range(1980, 2101)
LOOK_AHEAD = timedelta(days=400)


class OnCall(NamedTuple):
    """People in their order, from when until when; nobody where there are none."""

    people: list[User]
    start: datetime
    end: datetime


def read_instant(text: str, zone: tzinfo = UTC) -> datetime:
    """A time of ISO 8601 in UTC; one that names no zone is of this one. Raises ValueError.

    A plus sign that came as a space is taken for what it was.
    """
    text = text.strip()
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = datetime.fromisoformat(text.replace(" ", "+"))
    if found.year not in YEARS:
        raise ValueError("Choose a year from 1980 to 2100.")
    return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)


def by_ids(ids: Sequence[str]) -> Q:
    """Schedules with one of these ids: those here, or those at the pager they came from."""
    numbers = [int(text) for text in ids if text.isascii() and text.isdecimal()]
    known = [number for number in numbers if number < 10**MAX_DIGITS]
    named = [text.replace("\x00", "") for text in ids if text]
    return Q(pk__in=known) | Q(source_id__in=named) & ~Q(source="")


def schedule_of_id(user: User, text: str) -> Schedule | None:
    """The schedule with this id that the person may see; that of another pager comes second."""
    found = list(Schedule.objects.visible_to(user).filter(by_ids([text])))
    return next((row for row in found if str(row.pk) == text), next(iter(found), None))


def schedule_of_name(user: User, text: str) -> Schedule | None:
    """The schedule with this name that the person may see, whatever its case."""
    named = text.replace("\x00", "")
    return Schedule.objects.visible_to(user).filter(name__iexact=named).first()


def on_call_at(schedule: Schedule, at: datetime) -> tuple[OnCall, OnCall | None]:
    """Who is on call at a time, and whoever comes after them: the next that is not the same.

    None where that does not change within 400 days.
    """
    return on_calls_at([schedule], at)[schedule.pk]


def on_calls_at(
    schedules: Iterable[Schedule], at: datetime
) -> dict[int, tuple[OnCall, OnCall | None]]:
    """Schedule id → the same of each schedule, in as many queries as of one."""
    facts = schedule_facts.load(schedules, at, at + LOOK_AHEAD)
    found = {pk: _present_and_next(one, instant_of(at)) for pk, one in facts.items()}
    pieces = [piece for pair in found.values() for piece in pair]
    people = User.objects.in_bulk({place.user for one in pieces for place in one.places})
    return {pk: _answer(pair, people) for pk, pair in found.items()}


def _present_and_next(facts: Facts, now: int) -> Timeline:
    """The first two pieces, or one where nothing changes."""
    found: Timeline = []
    for ahead_s in resolver.LOOK_AHEAD_S:
        found = same_people(resolver.shifts(facts, now, now + ahead_s))
        if len(found) > 2:
            break
    return found[:2]


def _answer(pieces: Timeline, people: Mapping[int, User]) -> tuple[OnCall, OnCall | None]:
    present, *others = (_on_call(piece, people) for piece in pieces)
    return present, others[0] if others else None


def _on_call(piece: Piece, people: Mapping[int, User]) -> OnCall:
    known = [people[place.user] for place in piece.places if place.user in people]
    return OnCall(known, time_of(piece.start), time_of(piece.end))
