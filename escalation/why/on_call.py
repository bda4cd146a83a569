"""Why somebody is on call in a schedule at an instant, or why not, with who decided it and when."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from escalation.models import Absence, Override, Schedule
from escalation.on_call import schedule_facts
from escalation.on_call.schedule_explanations import Explainer, said_by, spell
from escalation.on_call.schedule_facts import instant_of, time_of
from escalation.schedules import facts as values
from escalation.schedules import resolver
from escalation.schedules.facts import Facts
from escalation.schedules.timeline import Piece, TurnCause, cut
from escalation.why.reasons import Answer, Reason, sentence
from incidents.models import InactivePeriod, User

AHEAD = timedelta(days=400)
NEXT_SHIFT_DAYS = 64
DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class _Question:
    """Of whom it is asked, for which instant; times are told in the zone."""

    schedule: Schedule
    person: User
    at: int
    zone: ZoneInfo
    facts: Facts
    piece: Piece

    @property
    def is_in(self) -> bool:
        return any(place.user == self.person.pk for place in self.piece.places)


def why_on_call(schedule: Schedule, person: User, at: datetime, zone: ZoneInfo) -> Answer:
    """Why they are on call; or the reasons why not, who is, and when it is their turn."""
    facts = schedule_facts.load([schedule], at, at + AHEAD)[schedule.pk]
    now = instant_of(at)
    asked = _Question(schedule, person, now, zone, facts, resolver.piece_at(facts, now))
    explainer = Explainer([facts], [asked.piece], zone)
    for place in asked.piece.places:
        if place.user == person.pk:
            said = f"{person} is on call in {schedule} ({place.role}): {explainer.why(place)}"
            return Answer(True, sentence(said), [Reason(sentence(said), at)])
    excluded = [*(_inactive(asked) or _removed(asked) or _of_layers(asked))]
    said = f"{person} is not on call in {schedule}: {excluded[0].text}"
    excluded = [Reason(sentence(one.text), one.at) for one in excluded]
    return Answer(False, sentence(said), [*excluded, _instead(asked, explainer), _next(asked)])


def _inactive(asked: _Question) -> list[Reason]:
    at = time_of(asked.at)
    rows = InactivePeriod.objects.filter(user=asked.person).exclude(until__lte=at)
    rows = rows.filter(since__lt=at + timedelta(seconds=1))
    return [
        Reason(f"{asked.person} is switched off since {spell(row.since, asked.zone)}", row.since)
        for row in rows[:1]
    ]


def _removed(asked: _Question) -> list[Reason]:
    """The override, or the absence, that took somebody out whom the layers or another override
    name; none where nothing names them."""
    bare = replace(asked.facts, overrides=(), absences=())
    live = [one for one in asked.facts.overrides if one.start <= asked.at < one.counts_until]
    ordered = sorted(live, key=lambda one: (one.made_at, one.id))
    is_named, by = _names(bare, asked), None
    for number, override in enumerate(ordered, 1):
        was_named, is_named = is_named, _names(replace(bare, overrides=(*ordered[:number],)), asked)
        if was_named and not is_named:
            by = override
    if is_named:
        return _absence(asked)
    return [_of_override(by, asked)] if by else []


def _names(facts: Facts, asked: _Question) -> bool:
    return any(place.user == asked.person.pk for place in resolver.who(facts, asked.at))


def _of_override(override: values.Override, asked: _Question) -> Reason:
    row = Override.objects.select_related("made_by", "instead_of").get(pk=override.id)
    names = " and ".join(str(one) for one in User.objects.filter(pk__in=row.people)) or "nobody"
    whom = row.instead_of or "everybody"
    until = spell(time_of(override.counts_until), asked.zone)
    said = said_by(row.made_by, row.made_at, asked.zone)
    why = f", {row.reason}" if row.reason else ""
    return Reason(f"{names} instead of {whom} until {until}, an override{said}{why}", row.made_at)


def _absence(asked: _Question) -> list[Reason]:
    at = time_of(asked.at)
    rows = Absence.objects.live_between(at, at + timedelta(seconds=1)).filter(user=asked.person)
    return [
        Reason(
            f"{row.cover} covers for {asked.person}, who is away until"
            f" {spell(row.ends_at, asked.zone)}{said_by(row.made_by, row.made_at, asked.zone)}",
            row.made_at,
        )
        for row in rows.select_related("cover", "made_by").exclude(cover=None)[:1]
    ]


def _of_layers(asked: _Question) -> list[Reason]:
    found = list(_layers(asked))
    return found or [Reason(f"no layer of {asked.schedule} names {asked.person} then")]


def _layers(asked: _Question) -> Iterator[Reason]:
    """What each layer with the person in its ring says at that instant, the highest rank first."""
    at, definition = asked.at, asked.facts.definition_at(asked.at)
    for layer in sorted(definition.layers, key=lambda one: -one.rank):
        if asked.person.pk not in layer.people and not layer.calendar:
            continue
        pieces = resolver.layer_timeline(asked.facts, definition, layer, [(at, at + 1)])
        pieces = cut(pieces, at, at + 1)
        users = [place.user for piece in pieces for place in piece.places]
        if asked.person.pk in users:
            said = f"layer {layer.name} names them, and a layer of a higher rank comes first"
            yield Reason(said)
        elif users:
            names = " and ".join(map(str, User.objects.filter(pk__in=users)))
            until = _turn_end(pieces, asked.zone)
            yield Reason(f"in layer {layer.name} it is the turn of {names}{until}")
        else:
            yield Reason(f"layer {layer.name} is closed then, or its place in the ring is empty")


def _turn_end(pieces: Sequence[Piece], zone: ZoneInfo) -> str:
    causes = [cause for piece in pieces for place in piece.places for cause in place.causes]
    ends = [cause.end for cause in causes if isinstance(cause, TurnCause)]
    return f" until {spell(time_of(min(ends)), zone)}" if ends else ""


def _instead(asked: _Question, explainer: Explainer) -> Reason:
    if not asked.piece.places:
        return Reason(sentence(explainer.why_nobody(asked.piece)))
    said = "; ".join(
        f"{explainer.name(place.user)} is on call: {explainer.why(place)}"
        for place in asked.piece.places
    )
    return Reason(sentence(said))


def _next(asked: _Question) -> Reason:
    """The next shift of the person, looked for in the coming weeks."""
    end = asked.at + NEXT_SHIFT_DAYS * DAY_S
    for piece in resolver.shifts(asked.facts, asked.at, end):
        if any(place.user == asked.person.pk for place in piece.places):
            starts = time_of(piece.start)
            return Reason(f"{asked.person} is on call from {spell(starts, asked.zone)} on.", starts)
    return Reason(f"{asked.person} is not on call in the {NEXT_SHIFT_DAYS} days after.")
