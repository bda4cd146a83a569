"""What is wrong with a schedule from when until when, whatever policy tells it. Pure.

Instants are seconds since 1970 in UTC.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

from escalation.choices import DefectKind, DefectLevel
from escalation.coverage.findings import Finding
from escalation.schedules import resolver
from escalation.schedules.facts import Absence, Facts, Override, OverrideKind
from escalation.schedules.spans import Span, joined_spans, overlaps
from escalation.schedules.timeline import Piece, Place, Timeline, TurnCause, cut, split
from escalation.schedules.turns import PRIMARY

DAY_S = 86_400


@dataclass(frozen=True)
class ScheduleCheck:
    """The findings of one schedule between two instants. ``final`` is who is on call in it."""

    schedule: int
    facts: Facts
    final: Timeline
    start: int
    end: int

    def findings(self) -> Iterator[Finding]:
        """All that is found."""
        yield from self._vacant()
        yield from self._away()
        yield from self._alone()
        yield from self._stale()

    def _vacant(self) -> Iterator[Finding]:
        """Shifts of people who are switched off: nobody's, or lower layers step in."""
        if not self.facts.inactive:
            return
        meant = resolver.shifts(replace(self.facts, inactive={}), self.start, self.end)
        for piece in meant:
            of_turns = [one for one in piece.places if isinstance(one.causes[-1], TurnCause)]
            for place in of_turns:
                for since, until in self.facts.inactive.get(place.user, ()):
                    start, end = max(since, piece.start), min(until, piece.end)
                    if start < end:
                        yield from self._vacancies(place.user, start, end)

    def _vacancies(self, user: int, start: int, end: int) -> Iterator[Finding]:
        for piece in cut(self.final, start, end):
            level = DefectLevel.AMBER if piece.places else DefectLevel.RED
            others = [place.user for place in piece.places]
            facts = {"people": [user], "others": others}
            span = piece.start, piece.end
            yield self._found(DefectKind.INACTIVE, level, span, f"user:{user}", facts)

    def _away(self) -> Iterator[Finding]:
        """People who are away and on call all the same."""
        absences = [one for one in self.facts.absences if one.team in (None, self.facts.team)]
        if not absences:
            return
        edges = {edge for one in absences for edge in (one.start, one.counts_until)}
        for piece in split(self.final, edges):
            for place in piece.places:
                if absence := self._absence_of(absences, place, piece):
                    yield self._of_absence(absence, place, piece)

    def _absence_of(
        self, absences: Sequence[Absence], place: Place, piece: Piece
    ) -> Absence | None:
        """The absence of whoever is on call; none where an override put them there later."""
        found = [
            one
            for one in absences
            if one.user == place.user and one.start <= piece.start < one.counts_until
        ]
        absence = max(found, key=lambda one: (one.team is not None, one.made_at), default=None)
        return absence if absence and place.named_at <= absence.made_at else None

    def _of_absence(self, absence: Absence, place: Place, piece: Piece) -> Finding:
        span = piece.start, piece.end
        subject = f"user:{place.user}"
        facts: dict[str, Any] = {"people": [place.user]}
        if absence.cover is None:
            return self._found(DefectKind.AWAY, DefectLevel.AMBER, span, subject, facts)
        facts["cover"] = [absence.cover]
        facts["is_dead"] = not self.facts.is_active(absence.cover, piece.start)
        return self._found(DefectKind.COVER_RING, DefectLevel.AMBER, span, subject, facts)

    def _alone(self) -> Iterator[Finding]:
        """The same person whenever it is anybody."""
        people = {place.user for piece in self.final for place in piece.places}
        if len(people) == 1:
            facts = {"people": list(people)}
            span = self.start, self.end
            yield self._found(DefectKind.ONE_PERSON, DefectLevel.AMBER, span, "", facts)

    def _stale(self) -> Iterator[Finding]:
        """Overrides to come that change nothing."""
        for one in self.facts.overrides:
            if one.start >= self.end or one.counts_until <= self.start:
                continue
            if why := self._why_stale(one):
                span = max(one.start, self.start), min(one.counts_until, self.end)
                people = list(one.people) or ([one.instead_of] if one.instead_of else [])
                facts = {"people": people, "why": why}
                subject = f"override:{one.id}"
                yield self._found(DefectKind.STALE_OVERRIDE, DefectLevel.INFO, span, subject, facts)

    def _why_stale(self, override: Override) -> str:
        """``layer``, ``people`` or ``place`` for what it needs and is not there; '' else."""
        if override.layer and not self._has_layer(override):
            return "layer"
        start, end = max(override.start, self.start), override.counts_until
        if override.people and not any(
            self.facts.is_active(user, start) for user in override.people
        ):
            return "people"
        if override.instead_of is None or override.kind == OverrideKind.NOBODY:
            return ""
        before = tuple(one for one in self.facts.overrides if one is not override)
        without = resolver.shifts(replace(self.facts, overrides=before), start, end)
        named = {place.user for piece in without for place in piece.places}
        return "" if override.instead_of in named else "place"

    def _has_layer(self, override: Override) -> bool:
        times = [override.start, *self._versions_within(override)]
        return any(
            layer.id == override.layer
            for at in times
            for layer in self.facts.definition_at(at).layers
        )

    def _versions_within(self, override: Override) -> list[int]:
        begins = [version.effective_from or 0 for version in self.facts.versions]
        return [at for at in begins if override.start < at < override.counts_until]

    def _found(
        self,
        kind: DefectKind,
        level: DefectLevel,
        span: Span,
        subject: str,
        facts: dict[str, Any],
    ) -> Finding:
        return Finding(kind, level, span, subject, schedule=self.schedule, facts=facts)


def people_findings(timelines: Mapping[int, Timeline], max_days: int) -> Iterator[Finding]:
    """Who is on call too long without a break, or as a primary of two schedules at once."""
    spans: dict[int, dict[int, list[Span]]] = defaultdict(lambda: defaultdict(list))
    primary: dict[int, dict[int, list[Span]]] = defaultdict(lambda: defaultdict(list))
    for schedule, pieces in timelines.items():
        for piece in pieces:
            for place in piece.places:
                spans[place.user][schedule].append((piece.start, piece.end))
                if place.role == PRIMARY:
                    primary[place.user][schedule].append((piece.start, piece.end))
    for user, by_schedule in spans.items():
        yield from _too_long(user, by_schedule, max_days)
    for user, by_schedule in primary.items():
        yield from _twice(user, by_schedule)


def _too_long(user: int, spans: Mapping[int, list[Span]], max_days: int) -> Iterator[Finding]:
    whole = joined_spans(span for found in spans.values() for span in found)
    for start, end in whole:
        if end - start > max_days * DAY_S:
            facts = {
                "people": [user],
                "days": (end - start) // DAY_S,
                "schedules": [
                    schedule
                    for schedule, found in spans.items()
                    if any(one < end and other > start for one, other in found)
                ],
            }
            kind, level = DefectKind.TOO_LONG, DefectLevel.INFO
            yield Finding(kind, level, (start, end), f"user:{user}", facts=facts)


def _twice(user: int, spans: Mapping[int, list[Span]]) -> Iterator[Finding]:
    if len(spans) < 2:
        return
    joined = {schedule: joined_spans(found) for schedule, found in spans.items()}
    for one, other in combinations(sorted(joined), 2):
        for span in overlaps(joined[one], joined[other]):
            facts = {"people": [user], "schedules": [one, other]}
            subject = f"user:{user}/{one}/{other}"
            yield Finding(DefectKind.TWICE, DefectLevel.INFO, span, subject, facts=facts)
