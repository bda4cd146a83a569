"""What an edit would change, before it is saved: who is on call at its moment, the differences of
the next 30 days, and the hours that each person wins and loses in the next quarter."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from escalation.on_call.schedule_explanations import Explainer, spell
from escalation.on_call.schedule_facts import time_of
from escalation.schedules import editing, resolver
from escalation.schedules.definition import Definition, Layer
from escalation.schedules.facts import Facts, Version
from escalation.schedules.timeline import Piece, Timeline, split
from escalation.schedules.turns import rotation_between
from incidents.models import User
from opsportal.lib.wall_clock import DAY_S

DIFFERENCE_S = 30 * DAY_S
QUARTER_S = 91 * DAY_S
MAX_DIFFERENCES = 20
HAND_OVERS = 8


@dataclass(frozen=True, slots=True)
class Difference:
    """From when until when somebody else is on call than before."""

    start: str
    end: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Hours:
    """A person's hours on call in the next quarter, before and after."""

    name: str
    before: int
    after: int

    @property
    def change(self) -> int:
        """The hours that the person wins; negative where they lose some."""
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Impact:
    """What an edit does. ``hand_overs``: of each layer, by its place, the next ones."""

    sentence: str
    differences: list[Difference]
    has_more: bool
    hours: list[Hours]
    hand_overs: list[list[tuple[str, str]]]


def with_version(facts: Facts, definition: Definition, at: int) -> Facts:
    """The facts as if the definition held from an instant on."""
    kept = [v for v in facts.versions if v.effective_from is None or v.effective_from < at]
    return replace(facts, versions=(*kept, Version(definition, at)))


def impact_of(
    before: Facts, definition: Definition, at: int, zone: ZoneInfo, *, keeps_order: bool
) -> Impact:
    """What it does to make the definition hold from ``at`` on."""
    old = before.definition_at(at)
    new = editing.continued(old, definition, at) if keeps_order else definition
    after = with_version(before, new, at)
    was, becomes = _people(before, at, QUARTER_S), _people(after, at, QUARTER_S)
    last = resolver.shifts(before, at - 1, at)
    explainer = Explainer([before, after], [*last, *was, *becomes], zone)
    differences = _differences(was, becomes, at + DIFFERENCE_S, explainer, zone)
    return Impact(
        sentence=_sentence(last[-1], becomes[0], explainer, zone),
        differences=differences[:MAX_DIFFERENCES],
        has_more=len(differences) > MAX_DIFFERENCES,
        hours=_hours(was, becomes, explainer),
        hand_overs=_hand_overs(new, at, zone),
    )


def _names(people: Sequence[int], explainer: Explainer) -> str:
    return " and ".join(map(explainer.name, people)) or "nobody"


def _people(facts: Facts, start: int, length_s: int) -> Timeline:
    return resolver.shifts(facts, start, start + length_s)


def _sentence(last: Piece, first: Piece, explainer: Explainer, zone: ZoneInfo) -> str:
    """Who is on call before and after the moment at which they meet."""
    was, becomes = (
        _names([place.user for place in piece.places], explainer) for piece in (last, first)
    )
    when = spell(time_of(first.start), zone)
    if was == becomes:
        return f"{was[:1].upper()}{was[1:]} is on call before and after {when}."
    return f"Until {when} it is {was}, and from then on {becomes}."


def _differences(
    was: Timeline, becomes: Timeline, until: int, explainer: Explainer, zone: ZoneInfo
) -> list[Difference]:
    edges = {edge for piece in (*was, *becomes) for edge in piece[:2]}
    found: list[tuple[int, int, list[int], list[int]]] = []
    for old, new in zip(split(was, edges), split(becomes, edges), strict=True):
        if old.start >= until:
            break
        ids = [p.user for p in old.places], [p.user for p in new.places]
        if ids[0] == ids[1]:
            continue
        if found and found[-1][1] == old.start and found[-1][2:] == ids:
            found[-1] = (found[-1][0], old.end, *ids)
        else:
            found.append((old.start, old.end, *ids))
    return [
        Difference(
            start=spell(time_of(start), zone),
            end=spell(time_of(end), zone),
            before=_names(old, explainer),
            after=_names(new, explainer),
        )
        for start, end, old, new in found
    ]


def _hours(was: Timeline, becomes: Timeline, explainer: Explainer) -> list[Hours]:
    counts = []
    for pieces in (was, becomes):
        seconds: Counter[int] = Counter()
        for piece in pieces:
            for place in piece.places:
                seconds[place.user] += piece.end - piece.start
        counts.append(seconds)
    before, after = counts
    rows = [
        Hours(explainer.name(user), round(before[user] / 3600), round(after[user] / 3600))
        for user in before.keys() | after.keys()
    ]
    return sorted(rows, key=lambda row: row.name)


def _hand_overs(definition: Definition, at: int, zone: ZoneInfo) -> list[list[tuple[str, str]]]:
    """(when, who) of the next turns of each layer by itself."""
    turns = [_next_turns(definition, layer, at) for layer in definition.layers]
    named = {user for rows in turns for _, people in rows for user in people}
    book = User.objects.in_bulk(named)
    return [
        [
            (
                spell(time_of(begins), zone),
                " + ".join(str(book[user]) for user in people if user in book) or "nobody",
            )
            for begins, people in rows
        ]
        for rows in turns
    ]


def _next_turns(definition: Definition, layer: Layer, at: int) -> list[tuple[int, list[int]]]:
    """(when it begins, who is on call) of the turn of an instant and of those after it."""
    if not layer.ring:
        return []
    rotation = rotation_between(definition, layer, at, at + 2 * QUARTER_S)
    turn = rotation.turn_at(at)
    return [
        (rotation.begins(number), [user for _, slot in rotation.roles(number) for user in slot])
        for number in range(turn, turn + HAND_OVERS)
    ]
