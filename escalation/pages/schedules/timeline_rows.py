"""What a timeline draws: rows of bars, placed by fractions of the span, and the days' lines."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from escalation.models import Schedule
from escalation.on_call.schedule_explanations import Explainer, spell
from escalation.on_call.schedule_facts import instant_of, time_of
from escalation.pages.schedules.dates import midnight
from escalation.schedules import resolver
from escalation.schedules.facts import Facts
from escalation.schedules.timeline import OverrideCause, Piece, cut, joined
from opsportal.lib.wall_clock import clock_of, naive_of, wall_of

TONES = 12


@dataclass(frozen=True, slots=True)
class View:
    """From when until when is shown, in which zone."""

    start: int
    end: int
    zone: ZoneInfo

    def place(self, instant: int) -> str:
        """Where an instant is, as a fraction of the span for CSS."""
        return f"{(instant - self.start) / (self.end - self.start):.5f}"

    def days(self) -> list["Day"]:
        """The days of the span, as long as they are: 23 or 25 hours where the clock changes."""
        clock = clock_of(self.zone.key, self.start, self.end)
        found: list[Day] = []
        day = naive_of(clock.wall_at(self.start)).date()
        while True:
            begins = clock.first(wall_of(datetime.combine(day, time())))
            ends = clock.first(wall_of(datetime.combine(day + timedelta(days=1), time())))
            if begins >= self.end:
                return found
            if ends > self.start:
                length = "" if ends - begins == 86_400 else f"{(ends - begins) / 3600:g} h"
                placed = self.place(max(begins, self.start)), self.place(min(ends, self.end))
                found.append(Day(datetime.combine(day, time()), *placed, length))
            day += timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the axis; ``length`` is said where it is not 24 hours."""

    date: datetime
    left: str
    right: str
    length: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """Who is on call from when until when; ``names`` is empty for nobody."""

    left: str
    right: str
    start: datetime
    end: datetime
    names: list[str]
    why: list[str]
    tone: int
    is_override: bool
    sentence: str
    at: int
    override: int = 0  # the id of the one alone that decides it
    edges: str = ""  # where its times are changed, and which they are

    @property
    def label(self) -> str:
        """The names, or that it is nobody."""
        return " + ".join(self.names) or "Nobody"


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the timeline: the schedule as it is, or one layer alone."""

    name: str
    bars: list[Bar] = field(default_factory=list)
    is_final: bool = False
    note: str = ""


def view_of(zone: ZoneInfo, first: date, days: int) -> View:
    """So many days from midnight of a day on, by the clock of the zone."""
    start, end = (midnight(day, zone) for day in (first, first + timedelta(days=days)))
    return View(instant_of(start), instant_of(end), zone)


def bars_of(pieces: Iterable[Piece], explainer: Explainer, view: View, name: str) -> list[Bar]:
    """The bars of these pieces, cut to the view."""
    return [_bar(piece, explainer, view, name) for piece in pieces]


def _bar(piece: Piece, explainer: Explainer, view: View, name: str) -> Bar:
    names = [explainer.name(place.user) for place in piece.places]
    why = [explainer.why(place) for place in piece.places] or [explainer.why_nobody(piece)]
    start, end = time_of(piece.start), time_of(piece.end)
    who = " and ".join(names) or "Nobody"
    span = f"{spell(start, view.zone)} to {spell(end, view.zone)}"
    return Bar(
        left=view.place(max(piece.start, view.start)),
        right=view.place(min(piece.end, view.end)),
        start=start,
        end=end,
        names=names,
        why=why,
        tone=piece.places[0].user % TONES if piece.places else -1,
        is_override=any(place.named_at for place in piece.places) or bool(piece.hole),
        sentence=f"{who}, {name}, {span}",
        at=max(piece.start, view.start),
        override=_override_of(piece),
    )


def _override_of(piece: Piece) -> int:
    last = {place.causes[-1] for place in piece.places}
    found = {cause.override for cause in last if isinstance(cause, OverrideCause)}
    return found.pop() if len(found) == 1 else piece.hole


def rows_of(schedule: Schedule, facts: Facts, view: View) -> list[Row]:
    """The schedule as it is, and below it each layer that is shown in the span, highest first."""
    final = resolver.shifts(facts, view.start, view.end)
    definition = facts.definition_at(view.start)
    later = facts.definition_at(view.end - 1)
    layers = {layer.id: (definition, layer) for layer in definition.layers}
    layers |= {layer.id: (later, layer) for layer in later.layers}
    alone = {
        key: cut(
            joined(resolver.layer_timeline(facts, of, layer, [(view.start, view.end)])),
            view.start,
            view.end,
        )
        for key, (of, layer) in layers.items()
    }
    shown = [*final, *(piece for pieces in alone.values() for piece in pieces)]
    explainer = Explainer([facts], shown, view.zone)
    ordered = sorted(layers.values(), key=lambda pair: -pair[1].rank)
    return [
        Row("On call", bars_of(final, explainer, view, schedule.name), is_final=True),
        *(
            Row(
                layer.name,
                bars_of(alone[layer.id], explainer, view, f"layer {layer.name}"),
                note=f"rank {layer.rank}",
            )
            for _, layer in ordered
        ),
    ]
