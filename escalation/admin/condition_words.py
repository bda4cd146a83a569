"""Conditions of a step as words of a form: ``severity:at_least:error``; ``wait``."""

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from escalation.plans.conditions import OF_SERVICE, Condition, check_condition, describe
from incidents.choices import Priority, Severity, Urgency
from incidents.ranking import rank
from opsportal.lib.hours_text import parse_hours

WAIT = "wait"
WAIT_LABEL = "wait until the hours open"
OFFICE_HOURS = "mon-fri 08:00-18:00"
MINUTES = (5, 15, 30, 60)
ALERTS = (2, 5, 10)
Choice = tuple[str, str]


def word_of(row: dict[str, Any]) -> str:
    """The word for a condition as it is stored."""
    return f"{row['field']}:{row['operator']}:{row['value']}"


def row_from_word(word: str) -> dict[str, str]:
    """The condition that a word names, as it is stored. Raises ValueError."""
    field, _, rest = word.partition(":")
    operator, _, value = rest.partition(":")
    found = check_condition(Condition(field, operator, value))
    return {"field": found.field, "operator": found.operator, "value": found.value}


def label_of(word: str) -> str:
    """The word as people read it; one that means nothing as it is."""
    if word == WAIT:
        return WAIT_LABEL
    try:
        return describe(Condition(**row_from_word(word)))
    except ValueError:
        return word


def search(term: str, zone: str) -> list[Choice]:
    """The conditions that fit, with those that a typed number or typed hours mean; hours without
    a zone are in ``zone``."""
    words = [*_typed(term, zone), *_usual(zone), WAIT]
    ranked = [(best, w) for w in words if (best := rank(term, w, label_of(w))) is not None]
    found = [word for _, word in sorted(ranked, key=lambda one: one[0])]
    return [(w, label_of(w)) for w in dict.fromkeys([*_typed(term, zone), *found])]


def _usual(zone: str) -> Iterable[str]:
    yield from (f"urgency:is:{urgency}" for urgency in Urgency)
    yield from (f"severity:at_least:{severity}" for severity in list(Severity)[:-1])
    yield from (f"priority:at_most:{priority}" for priority in list(Priority)[:-1])
    yield from (f"hours:{how}:{OF_SERVICE}" for how in ("within", "outside"))
    yield from (f"hours:{how}:{OFFICE_HOURS} {zone}" for how in ("within", "outside"))
    yield from (f"age:at_least:{minutes}" for minutes in MINUTES)
    yield from (f"alerts:at_least:{count}" for count in ALERTS)


def _typed(term: str, zone: str) -> list[str]:
    number = term.strip().removesuffix("min").strip()
    if number.isascii() and number.isdecimal():
        tried = [f"age:at_least:{number}", f"alerts:at_least:{number}"]
    else:
        tried = [f"hours:{how}:{_hours(term, zone)}" for how in ("within", "outside")]
    found = []
    for word in tried:
        with suppress(ValueError):
            found.append(word_of(row_from_word(word)))
    return found


def _hours(term: str, zone: str) -> str:
    text = term.strip().removeprefix("within ").removeprefix("outside ")
    try:
        return parse_hours(text).text
    except ValueError:
        return f"{text} {zone}"
