"""What a defect is and what it costs, in a sentence each. Pure."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from escalation.choices import DefectKind
from escalation.schedules.spans import Span
from opsportal.lib.durations import format_duration

HOUR_S = 3600
ALWAYS_S = 29 * 86_400
DAY_AND_TIME = "%a %-d %b %H:%M"

Facts = Mapping[str, Any]


def spell_spans(spans: Sequence[Span], zone: ZoneInfo) -> str:
    """Such as ``Sun 2 Mar 02:00–08:00 and 3 more times``."""
    start, end = spans[0]
    if end - start >= ALWAYS_S:
        return "the next 30 days"
    more = len(spans) - 1
    rest = f" and {more} more time{'s' if more > 1 else ''}" if more else ""
    return f"{_spell(start, end, zone)}{rest}"


def _spell(start: int, end: int, zone: ZoneInfo) -> str:
    first, last = (datetime.fromtimestamp(instant, zone) for instant in (start, end))
    until = f"{last:%H:%M}" if first.date() == last.date() else f" {last:{DAY_AND_TIME}}"
    dash = "–" if first.date() == last.date() else " –"
    return f"{first:{DAY_AND_TIME}}{dash}{until}"


def sentence(kind: str, facts: Facts, spans: Sequence[Span], zone: ZoneInfo) -> str:
    """What is wrong, with times on the clock of ``zone``."""
    return SENTENCES[DefectKind(kind)](facts, spell_spans(spans, zone))


def cost(kind: str, facts: Facts) -> str:
    """What comes of it when something breaks."""
    return COSTS[DefectKind(kind)](facts)


def _who(facts: Facts, name: str = "people") -> str:
    return " and ".join(facts.get(name) or ["nobody"])


def _where(facts: Facts) -> str:
    name = str(facts.get("policy") or facts.get("schedule") or "")
    return f"{name} at {facts['urgency']} urgency" if facts.get("urgency") else name


def _weak_contact(facts: Facts, when: str) -> str:
    where = f"step {facts['step']} of {_where(facts)}"
    if not facts["by"]:
        why = "switched off, or without an address that can be used"
        return f"{_who(facts)} cannot be paged ({why}), and is named in {where}: {when}."
    return f"{_who(facts)} is told by e-mail only in {where}: {when}."


def _inactive(facts: Facts, when: str) -> str:
    filled = f"{_who(facts, 'others')} steps in" if facts["others"] else "it is vacant"
    return f"{_who(facts)} is switched off; in {_where(facts)} {filled}: {when}."


def _cover_ring(facts: Facts, when: str) -> str:
    why = "is switched off" if facts["is_dead"] else "is away as well"
    cover = _who(facts, "cover")
    return f"{_who(facts)} is away and on call in {_where(facts)}, for {cover} {why}: {when}."


def _stale(facts: Facts, when: str) -> str:
    whys = {
        "layer": "its layer is gone",
        "people": "whoever it names is switched off",
        "place": "whoever it replaces is not on call then",
    }
    return f"An override of {_where(facts)} changes nothing, {whys[facts['why']]}: {when}."


def _one_person(facts: Facts, when: str) -> str:
    return f"{_who(facts)} alone answers for {_where(facts)}: {when}."


def _same_person(facts: Facts, when: str) -> str:
    return f"Step {facts['step']} of {_where(facts)} tells {_who(facts)} again: {when}."


SENTENCES: dict[DefectKind, Callable[[Facts, str], str]] = {
    DefectKind.NOBODY: lambda f, w: f"An incident of {_where(f)} pages nobody by any step: {w}.",
    DefectKind.FIRST_STEP_EMPTY: lambda f, w: (
        f"Step 1 of {_where(f)} is skipped, and step {f['step']} is the first: {w}."
    ),
    DefectKind.WEAK_CONTACT: _weak_contact,
    DefectKind.DISABLED: lambda f, w: f"{_where(f)} is switched off, and still chosen: {w}.",
    DefectKind.UNPROVEN: lambda f, w: (
        f"{_who(f)} is paged by {_where(f)}, and has answered nothing that was sent to them for"
        f" {f['days']} days: {w}."
    ),
    DefectKind.INACTIVE: _inactive,
    DefectKind.AWAY: lambda f, w: f"{_who(f)} is away and still on call in {_where(f)}: {w}.",
    DefectKind.COVER_RING: _cover_ring,
    DefectKind.ONE_PERSON: _one_person,
    DefectKind.SAME_PERSON: _same_person,
    DefectKind.TOO_LONG: lambda f, w: (
        f"{_who(f)} is on call for {f['days']} days without a break"
        f" ({', '.join(f['schedules'])}): {w}."
    ),
    DefectKind.TWICE: lambda f, w: (
        f"{_who(f)} is primary of {' and of '.join(f['schedules'])}: {w}."
    ),
    DefectKind.STALE_OVERRIDE: _stale,
    DefectKind.UNANSWERED: lambda f, w: (
        f"Nobody has taken the shift that {_who(f)} asked cover for in {_where(f)}: {w}."
    ),
    DefectKind.UNCONFIRMED: lambda f, w: (
        f"{_who(f)} has not confirmed the hand-over of {_where(f)}, asked"
        f" {format_duration(f['hours'] * HOUR_S) or 'an hour'} ago: {w}."
    ),
    DefectKind.OLD_CALENDAR: lambda f, w: (
        f"The calendar {f['calendar']} of {_where(f)} has not been read for"
        f" {format_duration(f['hours'] * HOUR_S)}: {w}."
    ),
    DefectKind.ZONE_DATA: lambda f, w: (
        f"With the time-zone data {f['after']} (before: {f['before']}) other people are on call in"
        f" {_where(f)} ({_who(f)}): {w}."
    ),
}


def _weak_cost(facts: Facts) -> str:
    return "A mail wakes nobody at night." if facts["by"] else "The step passes them over."


def _disabled_cost(facts: Facts) -> str:
    if facts["is_default"]:
        return "Of its services the catch-all alone is told."
    return "The policy of the service pages in its place, and without one the catch-all."


def _vacant_cost(facts: Facts) -> str:
    if facts["others"]:
        return "Lower layers have more shifts than they were meant to."
    return "Steps that tell the schedule are skipped then."


COSTS: dict[DefectKind, Callable[[Facts], str]] = {
    DefectKind.NOBODY: lambda f: (
        "The catch-all alone is told."
        if f.get("has_catch_all", True)
        else "Nobody is told at all: nobody is set as the catch-all either."
    ),
    DefectKind.FIRST_STEP_EMPTY: lambda f: f"The first to be told is {_who(f)}.",
    DefectKind.DISABLED: _disabled_cost,
    DefectKind.WEAK_CONTACT: _weak_cost,
    DefectKind.UNPROVEN: lambda f: "Whether a page reaches them is not known.",
    DefectKind.INACTIVE: _vacant_cost,
    DefectKind.AWAY: lambda f: f"{_who(f)} is paged in the time off.",
    DefectKind.COVER_RING: lambda f: f"{_who(f)} is paged in the time off.",
    DefectKind.ONE_PERSON: lambda f: f"Whenever {_who(f)} does not answer, nobody does.",
    DefectKind.SAME_PERSON: lambda f: f"Nobody else is asked for {format_duration(f['wait_s'])}.",
    DefectKind.TOO_LONG: lambda f: "Whoever is never off gets tired, and late.",
    DefectKind.TWICE: lambda f: "Two pages at once are one page too many.",
    DefectKind.STALE_OVERRIDE: lambda f: "Whoever made it counts on it.",
    DefectKind.UNANSWERED: lambda f: f"{_who(f)} is on call then.",
    DefectKind.UNCONFIRMED: lambda f: "A page to them may wake nobody.",
    DefectKind.OLD_CALENDAR: lambda f: "On call is whom it named when it was read last.",
    DefectKind.ZONE_DATA: lambda f: "Whoever knows the old times comes early, or late.",
}
