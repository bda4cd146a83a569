"""The equivalence proof: whether the same people are on call here as at the source, minute by
minute, and why not where they are not. Pure; it can be repeated until the day of the change."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from escalation.schedules.facts import Facts
from escalation.schedules.spans import Span
from integrations.importers.causes import Hints, explained
from integrations.importers.comparison import (
    MINUTE_S,
    Cause,
    Difference,
    differences,
    minute_of,
    rotations_of,
    sides_of,
    turned,
)
from integrations.importers.neutral import RenderedShift, Schedule
from opsportal.lib.durations import format_exact_duration


@dataclass(frozen=True, slots=True)
class Proof:
    """What was compared and what differs. ``rotations``: by the id of a layer, by how many places
    its ring has to be turned so that what is first differing is the same."""

    span: Span
    differences: tuple[Difference, ...] = ()
    rotations: Mapping[str, int] = field(default_factory=dict)

    @property
    def minutes(self) -> int:
        """How many were compared."""
        return max(self.span[1] - self.span[0], 0) // MINUTE_S

    @property
    def is_identical(self) -> bool:
        """Whether every minute is the same; not where none was compared."""
        return bool(self.minutes) and not self.differences

    @property
    def verdict(self) -> str:
        """In words, such as "identical but for 2 h in 3 places"."""
        if not self.minutes:
            return "nothing to compare: the source does not say who is on call"
        if not self.differences:
            return f"identical for {self.minutes:,} minutes"
        differing = sum(one.minutes for one in self.differences)
        places = len(self.differences)
        words = "place" if places == 1 else "places"
        if differing >= self.minutes:
            return f"different at all times, in {places:,} {words}"
        return (
            f"identical but for {format_exact_duration(differing * MINUTE_S)} in {places:,} {words}"
        )


NO_HINTS = Hints()


def prove(
    facts: Facts,
    rendered: Iterable[RenderedShift],
    people: Mapping[str, int],
    span: Span,
    hints: Hints = NO_HINTS,
) -> Proof:
    """The differences within a span, each with its cause. ``people``: by id at the source, whom
    they are here; who is not in it is an unknown person."""
    span = minute_of(span[0]), minute_of(span[1])
    sides = sides_of(facts, list(rendered), people, span)
    found = differences(sides)
    rotations = rotations_of(sides, found) if found else {}
    left = set(differences(turned(sides, rotations))) if rotations else set(found)
    causes = [
        one if bare in left else replace(one, cause=Cause.FIRST_SHIFT)
        for bare, one in zip(found, explained(found, sides, hints), strict=True)
    ]
    return Proof(span, tuple(causes), rotations)


def span_of(rendered: Sequence[RenderedShift]) -> Span:
    """From the first shift until the end of the last; (0, 0) without any."""
    if not rendered:
        return 0, 0
    begins = min(minute_of(int(shift.starts_at.timestamp())) for shift in rendered)
    return begins, max(minute_of(int(shift.ends_at.timestamp())) for shift in rendered)


def turned_schedule(schedule: Schedule, rotations: Mapping[str, int]) -> Schedule:
    """A schedule with the rings of its layers turned by so many places, as a proof asks for."""
    layers = []
    for layer in schedule.layers:
        places, ring = rotations.get(layer["id"], 0), list(layer["ring"])
        layers.append({**layer, "ring": ring[places:] + ring[:places]})
    return replace(schedule, layers=tuple(layers))
