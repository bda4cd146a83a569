"""What is known of a schedule: its versions, overrides, absences and holidays, as values.

Instants are seconds since 1970 in UTC.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from escalation.schedules.definition import Definition
from escalation.schedules.windows import Span


class OverrideKind(StrEnum):
    """What an override does to those who are on call."""

    INSTEAD = "instead"
    ALSO = "also"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Override:
    """``people`` are on call instead of everybody, instead of one person, or in addition; or it
    is nobody. ``layer``: of that layer alone."""

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


@dataclass(frozen=True, slots=True)
class Version:
    """A definition that holds from an instant on (None: since ever), until the next one does."""

    definition: Definition
    effective_from: int | None = None


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
    calendars: Mapping[str, tuple[tuple[int, int, tuple[int, ...]], ...]] = field(
        default_factory=dict
    )
    team: int | None = None

    def is_active(self, user: int, instant: int) -> bool:
        """Whether the person may be on call at the instant."""
        return not any(start <= instant < end for start, end in self.inactive.get(user, ()))

    def definition_at(self, instant: int) -> Definition:
        """The definition that holds at an instant."""
        found = Definition()
        for version in self.versions:
            if version.effective_from is None or version.effective_from <= instant:
                found = version.definition
        return found
