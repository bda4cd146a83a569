"""Who is on call now and next in many schedules, in a handful of queries."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from escalation import schedule_facts
from escalation.models import Schedule
from escalation.schedule_explanations import Explainer
from escalation.schedule_facts import instant_of, time_of
from escalation.schedule_pages.timeline_rows import Bar, View, bars_of
from escalation.schedules import resolver
from escalation.schedules.facts import Facts
from escalation.schedules.timeline import Piece, Timeline
from incidents.models import User

SOON, LOOK_AHEAD = timedelta(days=8), timedelta(days=35)


@dataclass(frozen=True, slots=True)
class OnCall:
    """A person on call, and why."""

    person: User | None
    role: str
    why: str


@dataclass(frozen=True, slots=True)
class Now:
    """A schedule now: who is on call, until when, and who is next."""

    schedule: Schedule
    people: list[OnCall]
    until: datetime | None
    following: list[str]
    note: str = ""
    is_mine: bool = False
    has_me: bool = False
    may_change: bool = False


def on_call_now(schedules: Sequence[Schedule], user: User, now: datetime) -> list[Now]:
    """The schedules as they are now; those of whoever asks come first."""
    facts = schedule_facts.load(schedules, now, now + LOOK_AHEAD)
    at = instant_of(now)
    found = {row.pk: _two(facts[row.pk], at) for row in schedules}
    pieces = [piece for pair in found.values() for piece in pair]
    explainer = Explainer(facts.values(), pieces, user.zone)
    changeable = set(
        Schedule.objects.changeable_by(user)
        .filter(pk__in=[row.pk for row in schedules])
        .values_list("pk", flat=True)
    )
    mine = set(user.memberships.values_list("team_id", flat=True))
    rows = [
        replace(
            _now(row, found[row.pk], explainer, at),
            is_mine=row.team_id in mine,
            has_me=any(place.user == user.pk for place in found[row.pk][0].places),
            may_change=row.pk in changeable,
        )
        for row in schedules
    ]
    return sorted(rows, key=lambda one: (not one.is_mine, one.schedule.name.lower()))


def _two(facts: Facts, at: int) -> list[Piece]:
    """What is now, and what comes next within the time that is looked ahead; the most change
    within days."""
    found: Timeline = []
    for ahead in (SOON, LOOK_AHEAD):
        ahead_s = int(ahead.total_seconds())
        found = _same_people(resolver.shifts(facts, at, at + ahead_s))[:2]
        if len(found) == 2:
            break
    return found


def _same_people(pieces: Timeline) -> Timeline:
    """Neighbours with the same people become one, whatever the reason."""
    found: Timeline = []
    for piece in pieces:
        last = found[-1] if found else None
        if last and [p.user for p in last.places] == [p.user for p in piece.places]:
            found[-1] = last._replace(end=piece.end)
        else:
            found.append(piece)
    return found


def _now(row: Schedule, pieces: Sequence[Piece], explainer: Explainer, at: int) -> Now:
    present = pieces[0]
    is_long = present.end >= at + int(LOOK_AHEAD.total_seconds())
    following = [explainer.name(place.user) for place in pieces[1].places] if pieces[1:] else []
    return Now(
        schedule=row,
        people=[
            OnCall(explainer.people.get(place.user), place.role, explainer.why(place))
            for place in present.places
        ],
        until=None if is_long else time_of(present.end),
        following=following,
        note="" if present.places else explainer.why_nobody(present),
    )


def week_of(schedules: Iterable[Schedule], view: View) -> list[tuple[Schedule, list[Bar]]]:
    """Each schedule with its bars of the span."""
    rows = list(schedules)
    facts = schedule_facts.load(rows, time_of(view.start), time_of(view.end))
    found = {row.pk: resolver.shifts(facts[row.pk], view.start, view.end) for row in rows}
    pieces = [piece for one in found.values() for piece in one]
    explainer = Explainer(facts.values(), pieces, view.zone)
    return [(row, bars_of(found[row.pk], explainer, view, row.name)) for row in rows]


@dataclass(frozen=True, slots=True)
class Shift:
    """A time in which somebody is on call in a schedule."""

    schedule: Schedule
    start: datetime
    end: datetime
    role: str
    why: str

    @property
    def hours(self) -> float:
        """How long it is."""
        return (self.end - self.start) / timedelta(hours=1)


def shifts_of(user: User, start: datetime, end: datetime) -> list[Shift]:
    """The shifts of a person in all schedules that name them or whose people they cover for."""
    covered = user.covers.filter(ends_at__gt=start, starts_at__lt=end).values("user")
    named = Schedule.objects.filter(members__user__in=[user.pk]) | Schedule.objects.filter(
        members__user__in=covered
    )
    rows = list(named.distinct())
    facts = schedule_facts.load(rows, start, end)
    first, last = instant_of(start), instant_of(end)
    found: list[tuple[Schedule, Piece]] = []
    for row in rows:
        for piece in resolver.shifts(facts[row.pk], first, last):
            places = tuple(place for place in piece.places if place.user == user.pk)
            if not places:
                continue
            own = piece._replace(places=places)
            if found and _goes_on(found[-1], row, own):
                found[-1] = row, found[-1][1]._replace(end=own.end)
            else:
                found.append((row, own))
    explainer = Explainer(facts.values(), [piece for _, piece in found], user.zone)
    shifts = [
        Shift(
            row,
            time_of(piece.start),
            time_of(piece.end),
            piece.places[0].role,
            explainer.why(piece.places[0]),
        )
        for row, piece in found
    ]
    return sorted(shifts, key=lambda shift: (shift.start, shift.schedule.name))


def _goes_on(last: tuple[Schedule, Piece], row: Schedule, piece: Piece) -> bool:
    return last[0] == row and last[1].end == piece.start and last[1].places == piece.places
