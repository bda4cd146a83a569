"""The shifts of each person, each with a key that stays the same while its turn does. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from escalation.schedules import resolver
from escalation.schedules.definition import Layer, Unit
from escalation.schedules.facts import Facts
from escalation.schedules.timeline import OverrideCause, Piece, Place, TurnCause


@dataclass(frozen=True, slots=True)
class PersonalShift:
    """A person is on call from ``start`` until ``end``. ``key`` is unique in the schedule: it
    names the turn by the date of its start, so a turn whose hour is moved keeps it."""

    start: int
    end: int
    place: Place
    key: str = ""

    @property
    def user(self) -> int:
        """The id of the person."""
        return self.place.user


def personal_shifts(facts: Facts, start: int, end: int) -> list[PersonalShift]:
    """The shifts of everybody between two instants, cut there, in the order of their start.

    Where nothing changes for a person a shift goes on, whoever else comes or goes.
    """
    found = _by_person(resolver.shifts(facts, start, end))
    found.sort(key=lambda one: (one.start, one.user))
    return _with_keys(facts, found)


def _by_person(pieces: Iterable[Piece]) -> list[PersonalShift]:
    done: list[PersonalShift] = []
    running: dict[int, PersonalShift] = {}
    for piece in pieces:
        present: dict[int, PersonalShift] = {}
        for place in piece.places:
            last = running.get(place.user)
            if last and last.end == piece.start and last.place == place:
                present[place.user] = replace(last, end=piece.end)
            else:
                present[place.user] = PersonalShift(piece.start, piece.end, place)
        done += [one for user, one in running.items() if not _goes_on(one, present.get(user))]
        running = present
    return done + list(running.values())


def _goes_on(one: PersonalShift, later: PersonalShift | None) -> bool:
    return later is not None and later.start == one.start and later.place == one.place


def _with_keys(facts: Facts, shifts: Sequence[PersonalShift]) -> list[PersonalShift]:
    """Each with its key; those that would have the same one are numbered in their order."""
    seen: Counter[str] = Counter()
    found = []
    for one in shifts:
        base = f"{_base_key(facts, one)}-{one.user}"
        found.append(replace(one, key=f"{base}-{seen[base]}"))
        seen[base] += 1
    return found


def _base_key(facts: Facts, shift: PersonalShift) -> str:
    causes = shift.place.causes
    overrides = [cause.override for cause in causes if isinstance(cause, OverrideCause)]
    if overrides:
        return f"o{overrides[-1]}"
    turn = next(cause for cause in causes if isinstance(cause, TurnCause))
    definition = facts.definition_at(shift.start)
    layer = next((one for one in definition.layers if one.id == turn.layer), None)
    zone = ZoneInfo(definition.zone_of(layer) if layer else definition.zone)
    form = "%Y%m%dT%H" if layer and layer.unit == Unit.HOUR else "%Y%m%d"
    key = f"{turn.layer}-{datetime.fromtimestamp(turn.start, zone):{form}}"
    if layer and _is_cut_by_hours(layer):
        key += f"-{datetime.fromtimestamp(shift.start, zone):%Y%m%d}"
    return key


def _is_cut_by_hours(layer: Layer) -> bool:
    return bool(layer.windows) or layer.calendar
