"""What is known of a schedule: its versions, overrides, absences and holidays, as values.

Instants are seconds since 1970 in UTC.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TypeVar

from escalation.schedules.definition import Definition
from escalation.schedules.spans import Span

Interval = tuple[int, int, tuple[int, ...]]  # start, end, ids of people


class OverrideKind(StrEnum):
    """What an override does to those who are on call."""

    INSTEAD = "instead"
    ALSO = "also"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Override:
    """``people`` are on call instead of everybody, instead of one person, or in addition; or it
    is nobody, in place of everybody or of one person. ``layer``: of that layer alone."""

    id: int
    kind: OverrideKind
    start: int
    end: int
    made_at: int
    people: tuple[int, ...] = ()
    instead_of: int | None = None
    layer: str = ""
    cancelled_at: int | None = None

    @property
    def counts_until(self) -> int:
        """Its end, or when it was cancelled."""
        return self.end if self.cancelled_at is None else min(self.end, self.cancelled_at)


@dataclass(frozen=True, slots=True)
class Absence:
    """A person is away, from all schedules or from those of a team; ``cover`` takes their place."""

    id: int
    user: int
    start: int
    end: int
    made_at: int
    cover: int | None = None
    team: int | None = None
    cancelled_at: int | None = None

    @property
    def counts_until(self) -> int:
        """Its end, or when it was cancelled."""
        return self.end if self.cancelled_at is None else min(self.end, self.cancelled_at)


Entry = TypeVar("Entry", Override, Absence)


@dataclass(frozen=True, slots=True)
class Version:
    """A definition that holds from an instant on (None: since ever), until the next one does."""

    definition: Definition
    effective_from: int | None = None
    made_at: int = 0


@dataclass(frozen=True)
class Facts:
    """All that decides who is on call in one schedule.

    ``versions`` are in order of their beginning. ``inactive``: the spans in which people may not
    be on call, by their ids. ``holidays``: days counted from 1970-01-01. ``calendars``: of each
    layer whose people a calendar names the (start, end, people) that it names.
    """

    versions: tuple[Version, ...] = ()
    overrides: tuple[Override, ...] = ()
    absences: tuple[Absence, ...] = ()
    inactive: Mapping[int, tuple[Span, ...]] = field(default_factory=dict)
    holidays: frozenset[int] = frozenset()
    calendars: Mapping[str, tuple[Interval, ...]] = field(default_factory=dict)
    team: int | None = None

    @property
    def named(self) -> set[int]:
        """Whoever layers, overrides and covers name."""
        found = {one.cover for one in self.absences if one.cover}
        found |= {user for one in self.overrides for user in one.people}
        for version in self.versions:
            for layer in version.definition.layers:
                found |= {user for slot in layer.ring for user in slot}
        return found

    def is_active(self, user: int, instant: int) -> bool:
        """Whether the person may be on call at the instant."""
        return not any(start <= instant < end for start, end in self.inactive.get(user, ()))

    def known_at(self, instant: int) -> "Facts":
        """What was known at an instant: nothing that was entered, edited or cancelled after it."""
        return replace(
            self,
            versions=tuple(one for one in self.versions if one.made_at <= instant),
            overrides=tuple(_uncancelled(one, instant) for one in _made(self.overrides, instant)),
            absences=tuple(_uncancelled(one, instant) for one in _made(self.absences, instant)),
        )

    def definition_at(self, instant: int) -> Definition:
        """The definition that holds at an instant."""
        found = Definition()
        for version in self.versions:
            if version.effective_from is None or version.effective_from <= instant:
                found = version.definition
        return found


def _made(rows: Iterable[Entry], instant: int) -> Iterator[Entry]:
    return (one for one in rows if one.made_at <= instant)


def _uncancelled(one: Entry, instant: int) -> Entry:
    is_later = one.cancelled_at is not None and one.cancelled_at > instant
    return replace(one, cancelled_at=None) if is_later else one
