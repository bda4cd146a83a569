"""What changed for each person between the shifts they were told of and those that are. Pure."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from escalation.schedules.spans import Span, joined_spans, without


@dataclass(frozen=True, slots=True)
class Told:
    """A shift of a person, by its key. ``is_own``: they put themselves there."""

    key: str
    user: int
    start: int
    end: int
    is_own: bool = False


class ChangeKind(StrEnum):
    """What became of a time on call."""

    GAINED = "gained"
    LOST = "lost"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class ShiftChange:
    """The person is on call from ``start`` until ``end``, or no longer; ``was`` is when it was,
    of what moved."""

    user: int
    kind: ChangeKind
    start: int
    end: int
    was: Span = (0, 0)


def changes_of(
    before: Iterable[Told], after: Iterable[Told], start: int, end: int
) -> list[ShiftChange]:
    """The changes between two instants, in order; nothing of before or behind them.

    A shift whose both ends moved is one change. Else it is told by time: what a person gained and
    lost, however it is cut into shifts. What they took themselves is not told.
    """
    old, new = _by_user(before, start, end), _by_user(after, start, end)
    found = [
        change
        for user in old.keys() | new.keys()
        for change in _changes_of_user(user, old[user], new[user], start)
    ]
    return sorted(found, key=lambda one: (one.user, one.start, one.kind))


def _by_user(shifts: Iterable[Told], start: int, end: int) -> dict[int, dict[str, Told]]:
    found: dict[int, dict[str, Told]] = defaultdict(dict)
    for one in shifts:
        if one.start < end and one.end > start:
            cut = replace(one, start=max(one.start, start), end=min(one.end, end))
            found[one.user][one.key] = cut
    return found


def _changes_of_user(
    user: int, old: dict[str, Told], new: dict[str, Told], now: int
) -> list[ShiftChange]:
    moved = {key for key in old.keys() & new.keys() if _is_moved(old[key], new[key], now)}
    had = joined_spans((one.start, one.end) for key, one in old.items() if key not in moved)
    has = joined_spans((one.start, one.end) for key, one in new.items() if key not in moved)
    own = joined_spans((one.start, one.end) for one in new.values() if one.is_own)
    found = [ShiftChange(user, ChangeKind.LOST, *span) for span in without(had, has)]
    gained = without(without(has, had), own)
    found += [ShiftChange(user, ChangeKind.GAINED, *span) for span in gained]
    for key in moved:
        was = old[key].start, old[key].end
        found.append(ShiftChange(user, ChangeKind.MOVED, new[key].start, new[key].end, was))
    return found


def _is_moved(old: Told, new: Told, now: int) -> bool:
    return old.start != new.start and old.end != new.end and min(old.start, new.start) > now
