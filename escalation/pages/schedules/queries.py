"""Who is on call now and next in many schedules, in a handful of queries."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from escalation.actions.overrides import UNDO_FOR
from escalation.choices import OverrideOrigin
from escalation.models import Override, Schedule
from escalation.on_call import schedule_facts
from escalation.on_call.schedule_explanations import Explainer
from escalation.on_call.schedule_facts import instant_of, time_of
from escalation.pages.schedules.timeline_rows import Bar, View, bars_of
from escalation.rights.schedule_rights import takeable
from escalation.schedules import resolver
from escalation.schedules.facts import Facts
from escalation.schedules.timeline import Piece, Timeline, same_people
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
    may_take: bool = False
    undo: Override | None = None  # what one has taken over a moment ago


def on_call_now(schedules: Sequence[Schedule], user: User, now: datetime) -> list[Now]:
    """The schedules as they are now, in their order."""
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
    may_take = takeable(schedules, user)
    taken = Override.objects.filter(
        schedule__in=schedules,
        made_by=user,
        origin=OverrideOrigin.TAKE,
        cancelled_at=None,
        made_at__gt=now - UNDO_FOR,
    )
    undo = {row.schedule_id: row for row in taken}
    return [
        replace(
            _now(row, found[row.pk], explainer, at),
            is_mine=row.team_id in mine,
            has_me=any(place.user == user.pk for place in found[row.pk][0].places),
            may_change=row.pk in changeable,
            may_take=row.pk in may_take,
            undo=undo.get(row.pk),
        )
        for row in schedules
    ]


def _two(facts: Facts, at: int) -> list[Piece]:
    """What is now, and what comes next within the time that is looked ahead; the most change
    within days."""
    found: Timeline = []
    for ahead in (SOON, LOOK_AHEAD):
        ahead_s = int(ahead.total_seconds())
        found = same_people(resolver.shifts(facts, at, at + ahead_s))[:2]
        if len(found) == 2:
            break
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
