"""The fairness ledger: who was, or will be, on call for how long, and was paged how often."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import combinations

from escalation.models import Schedule
from escalation.on_call import schedule_facts
from escalation.on_call.schedule_facts import instant_of
from escalation.schedules import resolver
from escalation.schedules.hours import Minutes, is_night, minutes_of
from escalation.schedules.spans import Span
from escalation.schedules.timeline import AbsenceCause, OverrideCause, Place, Timeline
from incidents.models import User
from notifications.models import Notification
from notifications.page import PAGES

LOOK_BACK = timedelta(weeks=12)
QUIET_S = 3600  # A page at night after so long without one wakes somebody up.


@dataclass(frozen=True)
class Line:
    """One person in one schedule. ``taken`` and ``given``: minutes in the place of others, and of
    others in theirs."""

    user: User
    minutes: Minutes
    taken: int = 0
    given: int = 0
    pages: int = 0
    night_pages: int = 0
    wake_ups: int = 0


@dataclass
class _Raw:
    spans: list[Span] = field(default_factory=list)
    taken_s: int = 0
    given_s: int = 0


@dataclass(frozen=True)
class Ledger:
    """A line for each person who is, was or will be on call, or has given all of it away; who
    carries most comes first. ``covered``: the share of the time with somebody on call."""

    lines: list[Line] = field(default_factory=list)
    covered: float = 0.0

    def balance(self, name: str) -> float | None:
        """How even the minutes of that name (a field of Minutes) are, from 0 to 1."""
        return balance([getattr(line.minutes, name) for line in self.lines])


def ledger_of(schedule: Schedule, start: datetime, end: datetime) -> Ledger:
    """The ledger of a schedule between two times."""
    facts = schedule_facts.load([schedule], start, end)[schedule.pk]
    pieces = resolver.shifts(facts, instant_of(start), instant_of(end))
    raw = _raw(pieces)
    people = User.objects.in_bulk(raw)
    paged = _pages(people, start, end)
    lines = [
        _line(people[pk], one, paged.get(pk, []), facts.holidays)
        for pk, one in raw.items()
        if pk in people
    ]
    lines.sort(key=lambda one: (one.minutes.burden, str(one.user)), reverse=True)
    covered_s = sum(piece.end - piece.start for piece in pieces if piece.places)
    return Ledger(lines, covered_s / (instant_of(end) - instant_of(start)))


def _raw(pieces: Timeline) -> dict[int, _Raw]:
    found: dict[int, _Raw] = defaultdict(_Raw)
    for piece in pieces:
        for place in piece.places:
            own = found[place.user]
            own.spans.append((piece.start, piece.end))
            replaced = _replaced(place)
            if replaced and replaced != place.user:
                own.taken_s += piece.end - piece.start
                found[replaced].given_s += piece.end - piece.start
    return found


def _replaced(place: Place) -> int | None:
    """In whose place the person is, who was first."""
    for cause in place.causes:
        if isinstance(cause, OverrideCause) and cause.instead_of:
            return cause.instead_of
        if isinstance(cause, AbsenceCause):
            return cause.user
    return None


def _line(user: User, raw: _Raw, paged: Sequence[int], holidays: frozenset[int]) -> Line:
    on_call = [at for at in paged if any(start <= at < end for start, end in raw.spans)]
    at_night = [at for at in on_call if is_night(at, user.zone)]
    return Line(
        user=user,
        minutes=minutes_of(raw.spans, user.zone, holidays),
        taken=raw.taken_s // 60,
        given=raw.given_s // 60,
        pages=len(on_call),
        night_pages=len(at_night),
        wake_ups=_wake_ups(on_call, set(at_night)),
    )


def _wake_ups(paged: Sequence[int], at_night: Collection[int]) -> int:
    """The pages at night that come after an hour of quiet."""
    before = [None, *paged]
    return sum(
        1
        for last, at in zip(before, paged, strict=False)
        if at in at_night and (last is None or at - last >= QUIET_S)
    )


def _pages(people: Iterable[int], start: datetime, end: datetime) -> dict[int, list[int]]:
    """→ {person: when they were paged, in order}: several addresses of one page are one."""
    rows = Notification.objects.filter(
        user__in=list(people), event__in=PAGES, created_at__gte=start, created_at__lt=end
    ).exclude(channel="inapp")
    found: dict[int, dict[str, int]] = defaultdict(dict)
    for user, key, at in rows.order_by("created_at").values_list("user", "page_key", "created_at"):
        found[user].setdefault(key, instant_of(at))
    return {user: sorted(of.values()) for user, of in found.items()}


def balance(values: Sequence[int]) -> float | None:
    """How even these are, from 0 to 1: the mean over all pairs of the smaller by the larger; None
    for fewer than two."""
    pairs = [(min(pair), max(pair)) for pair in combinations(values, 2)]
    if not pairs:
        return None
    return sum(low / high if high else 1.0 for low, high in pairs) / len(pairs)


def by_burden(schedule: Schedule, people: Collection[User], now: datetime) -> list[User]:
    """Who should take the next shift: those first with the fewest nights and week-ends in the
    last 12 weeks, then the fewest hours."""
    lines = {line.user.pk: line.minutes for line in ledger_of(schedule, now - LOOK_BACK, now).lines}
    none = Minutes()
    return sorted(people, key=lambda user: (lines.get(user.pk, none).burden, str(user)))
