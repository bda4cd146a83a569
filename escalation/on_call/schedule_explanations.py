"""Why somebody is on call, in one sentence: the turn, and what changed it since."""

from collections.abc import Iterable
from copy import copy
from datetime import datetime
from zoneinfo import ZoneInfo

from escalation.models import Absence, Override
from escalation.on_call.schedule_facts import time_of
from escalation.schedules.facts import Facts
from escalation.schedules.timeline import (
    AbsenceCause,
    Cause,
    OverrideCause,
    Piece,
    Place,
    TurnCause,
)
from incidents.models import User

DAY_AND_TIME = "%a %-d %b %H:%M"


def spell(at: datetime, zone: ZoneInfo) -> str:
    """A time as people say it: ``Mon 30 Mar 09:00``."""
    return f"{at.astimezone(zone):{DAY_AND_TIME}}"


def spell_span(start: int, end: int, zone: ZoneInfo) -> str:
    """From one instant until another: ``Mon 30 Mar 09:00 – Mon 6 Apr 09:00``."""
    return f"{spell(time_of(start), zone)} – {spell(time_of(end), zone)}"


def said_by(person: User | None, at: datetime, zone: ZoneInfo) -> str:
    """Who said it and when, such as `` by Cy, Mon 30 Mar 12:03``; without a person the time."""
    return f"{f' by {person}' if person else ''}, {spell(at, zone)}"


def _layer_names(facts: Iterable[Facts]) -> dict[str, str]:
    return {
        layer.id: layer.name
        for one in facts
        for version in one.versions
        for layer in version.definition.layers
    }


class Explainer:
    """The sentences of many pieces, with the names of all whom they mention looked up once."""

    def __init__(self, facts: Iterable[Facts], pieces: Iterable[Piece], zone: ZoneInfo) -> None:
        self.zone = zone
        self.layers = _layer_names(facts)
        shown = list(pieces)
        causes = [cause for piece in shown for place in piece.places for cause in place.causes]
        holes = {piece.hole for piece in shown if piece.hole}
        overrides = {one.override for one in causes if isinstance(one, OverrideCause)} | holes
        absences = {one.absence for one in causes if isinstance(one, AbsenceCause)}
        self.overrides = Override.objects.select_related("made_by").in_bulk(overrides)
        self.absences = Absence.objects.select_related("made_by").in_bulk(absences)
        people = {place.user for piece in shown for place in piece.places}
        people |= {one.instead_of or 0 for one in causes if isinstance(one, OverrideCause)}
        people |= {one.user for one in causes if isinstance(one, AbsenceCause)}
        self.people = User.objects.in_bulk(people)

    def of_schedule(self, facts: Facts, zone: ZoneInfo) -> "Explainer":
        """The same for one of several schedules: its layers, and its clock."""
        found = copy(self)
        found.zone, found.layers = zone, _layer_names([facts])
        return found

    def name(self, user: int) -> str:
        """How the person is called."""
        return str(self.people.get(user, "somebody who is gone"))

    def why(self, place: Place) -> str:
        """Such as ``layer Weekly, turn until Mon 30 Mar 09:00; instead of Bo until …: dentist``."""
        return "; ".join(self._cause(cause) for cause in place.causes)

    def why_nobody(self, piece: Piece) -> str:
        """Why a piece has nobody: an override says so, or no layer has anybody."""
        if not piece.hole:
            return "No layer has anybody then"
        return f"Nobody on purpose{self._of_override(piece.hole)}"

    def _cause(self, cause: Cause) -> str:
        if isinstance(cause, TurnCause):
            name = self.layers.get(cause.layer, "that is gone")
            return f"layer {name}, turn until {spell(time_of(cause.end), self.zone)}"
        if isinstance(cause, OverrideCause):
            whom = f"instead of {self.name(cause.instead_of)}" if cause.instead_of else "override"
            return f"{whom}{self._of_override(cause.override)}"
        absence = self.absences.get(cause.absence)
        away = f"covers for {self.name(cause.user)}, who is away"
        if absence is None:
            return away
        said = said_by(absence.made_by, absence.made_at, self.zone)
        return f"{away} until {spell(absence.ends_at, self.zone)} (said{said})"

    def _of_override(self, number: int) -> str:
        row = self.overrides.get(number)
        if row is None:
            return ""
        by = said_by(row.made_by, row.made_at, self.zone)
        reason = f": {row.reason}" if row.reason else ""
        until = spell(row.ends_at, self.zone)
        return f" until {until} (override{by}{reason})"
