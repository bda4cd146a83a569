"""What an edit would change, before it is saved: who is on call at its moment, the differences of
the next 30 days, and the hours that each person wins and loses in the next quarter."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from escalation.schedule_explanations import Explainer, spell
from escalation.schedule_facts import time_of
from escalation.schedules import editing, resolver
from escalation.schedules.definition import Definition
from escalation.schedules.facts import Facts, Version
from escalation.schedules.timeline import Timeline, split
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
    explainer = Explainer([before, after], [*was, *becomes], zone)
    names = _Names(explainer)
    differences = _differences(was, becomes, at + DIFFERENCE_S, names, zone)
    return Impact(
        sentence=_sentence(before, after, at, names, zone),
        differences=differences[:MAX_DIFFERENCES],
        has_more=len(differences) > MAX_DIFFERENCES,
        hours=_hours(was, becomes, names),
        hand_overs=[_hand_overs(new, place, at, zone) for place in range(len(new.layers))],
    )


class _Names:
    def __init__(self, explainer: Explainer) -> None:
        self.explainer = explainer

    def of(self, people: Sequence[int]) -> str:
        return " and ".join(map(self.explainer.name, people)) or "nobody"


def _people(facts: Facts, start: int, length_s: int) -> Timeline:
    return resolver.shifts(facts, start, start + length_s)


def _sentence(before: Facts, after: Facts, at: int, names: _Names, zone: ZoneInfo) -> str:
    then = [place.user for place in resolver.who(before, at - 1)]
    now = [place.user for place in resolver.who(after, at)]
    when = spell(time_of(at), zone)
    if then == now:
        return f"{names.of(now)[:1].upper()}{names.of(now)[1:]} is on call before and after {when}."
    return f"Until {when} it is {names.of(then)}, and from then on {names.of(now)}."


def _differences(
    was: Timeline, becomes: Timeline, until: int, names: _Names, zone: ZoneInfo
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
            spell(time_of(start), zone), spell(time_of(end), zone), names.of(old), names.of(new)
        )
        for start, end, old, new in found
    ]


def _hours(was: Timeline, becomes: Timeline, names: _Names) -> list[Hours]:
    counts = []
    for pieces in (was, becomes):
        seconds: Counter[int] = Counter()
        for piece in pieces:
            for place in piece.places:
                seconds[place.user] += piece.end - piece.start
        counts.append(seconds)
    before, after = counts
    rows = [
        Hours(names.of([user]), round(before[user] / 3600), round(after[user] / 3600))
        for user in before.keys() | after.keys()
    ]
    return sorted(rows, key=lambda row: row.name)


def _hand_overs(
    definition: Definition, place: int, at: int, zone: ZoneInfo
) -> list[tuple[str, str]]:
    """(when, who) of the next turns of a layer by itself."""
    layer = definition.layers[place]
    if not layer.ring:
        return []
    rotation = rotation_between(definition, layer, at, at + 2 * QUARTER_S)
    turn = rotation.turn_at(at)
    found = []
    for number in range(turn, turn + HAND_OVERS):
        people = [user for _, slot in rotation.roles(number) for user in slot]
        found.append((spell(time_of(rotation.begins(number)), zone), people))
    book = User.objects.in_bulk({user for _, people in found for user in people})
    return [
        (when, " + ".join(str(book[user]) for user in people if user in book) or "nobody")
        for when, people in found
    ]
