"""Conditions of a step: when one of them is false, the step is skipped. Pure.

What can be asked, and how it is written: ``urgency is high``; ``severity at_least error``;
``priority at_most P2``; ``hours within mon-fri 08:00-18:00 Europe/Berlin``, or ``outside``, or
``hours within service``: the support hours of the service; ``age at_least 10`` (minutes since it
opened); ``alerts at_least 3``.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from incidents.choices import Priority, Severity, Urgency
from opsportal.lib.hours_text import Hours, parse_hours

OPERATORS = {
    "urgency": ("is",),
    "severity": ("at_least",),
    "priority": ("at_most",),
    "hours": ("within", "outside"),
    "age": ("at_least",),
    "alerts": ("at_least",),
}
MAX_AGE_MINUTES = 30 * 24 * 60
MAX_ALERTS = 100_000
OF_SERVICE = "service"
ALWAYS = Hours((), ZoneInfo("UTC"), "always")


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison; ``value`` is a word of the field, a number, or hours of the week."""

    field: str
    operator: str
    value: str


@dataclass(frozen=True, slots=True)
class Situation:
    """What conditions ask of an incident; ``alerts``: how many it has, and ``hours``: the support
    hours of its service, only where that is asked."""

    urgency: str
    severity: str
    priority: str
    opened_at: datetime
    alerts: int = 1
    hours: Hours = ALWAYS


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a step is taken: at once (no ``reason``), at ``waits_until``, or not at all."""

    reason: str = ""
    waits_until: datetime | None = None

    @property
    def is_taken(self) -> bool:
        return not self.reason


TAKEN = Verdict()


def check_condition(condition: Condition) -> Condition:
    """The same, written in one way. Raises ValueError with a sentence for whoever wrote it."""
    operators = OPERATORS.get(condition.field)
    if operators is None:
        raise ValueError(f"“{condition.field}” is no field; known: {', '.join(OPERATORS)}.")
    if condition.operator not in operators:
        raise ValueError(f"{condition.field} can be asked with: {', '.join(operators)}.")
    value = CHECKS[condition.field](condition.value.strip())
    return Condition(condition.field, condition.operator, value)


def judge(
    conditions: Sequence[Condition], situation: Situation, now: datetime, *, waits: bool = False
) -> Verdict:
    """What these conditions say of a step that is due; ``waits``: for hours that are closed."""
    false = [one for one in conditions if not _holds(one, situation, now)]
    if not false:
        return TAKEN
    reason = "; ".join(_why_not(one, situation) for one in false)
    is_of_hours = all(one.field == "hours" for one in false)
    waits_until = opening(conditions, now, situation.hours) if waits and is_of_hours else None
    return Verdict(reason, waits_until)


def opening(
    conditions: Sequence[Condition], now: datetime, of_service: Hours = ALWAYS
) -> datetime | None:
    """When all hours of the conditions hold next; None where they never do."""
    asked = [one for one in conditions if one.field == "hours"]
    at: datetime | None = now
    for _ in range(50):
        if at is None:
            return None
        closed = [one for one in asked if not _holds_hours(one, at, of_service)]
        if not closed:
            return at
        hours = _hours_of(closed[0], of_service)
        at = hours.opens(at) if closed[0].operator == "within" else hours.closes(at)
    return None


HOURS_TEXT = {OF_SERVICE: "the support hours of the service"}


def describe(condition: Condition) -> str:
    """The condition as people read it: ``severity is at least error``."""
    value = condition.value
    return {
        "urgency": f"urgency is {value}",
        "severity": f"severity is at least {value}",
        "priority": f"priority is {value} or higher",
        "hours": f"{condition.operator} {HOURS_TEXT.get(value, value)}",
        "age": f"open for at least {value} min",
        "alerts": f"at least {value} alerts",
    }[condition.field]


def _holds(condition: Condition, situation: Situation, now: datetime) -> bool:
    value = condition.value
    match condition.field:
        case "urgency":
            return situation.urgency == value
        case "severity":
            return Severity(situation.severity).rank <= Severity(value).rank
        case "priority":
            return bool(situation.priority) and situation.priority <= value
        case "age":
            return now - situation.opened_at >= timedelta(minutes=int(value))
        case "alerts":
            return situation.alerts >= int(value)
    return _holds_hours(condition, now, situation.hours)


def _holds_hours(condition: Condition, now: datetime, of_service: Hours) -> bool:
    return _hours_of(condition, of_service).contains(now) is (condition.operator == "within")


def _hours_of(condition: Condition, of_service: Hours) -> Hours:
    return of_service if condition.value == OF_SERVICE else parse_hours(condition.value)


def _why_not(condition: Condition, situation: Situation) -> str:
    """The condition, and what is so instead."""
    match condition.field:
        case "urgency" | "severity":
            told = getattr(situation, condition.field)
        case "priority":
            told = situation.priority or "none"
        case "alerts":
            told = f"{situation.alerts}"
        case "age":
            return f"only if {describe(condition)}"
        case _:
            return f"only {describe(condition)}"
    return f"only if {describe(condition)}, and it is {told}"


def _word_of(words: Sequence[str]) -> Callable[[str], str]:
    def check(text: str) -> str:
        folded = {word.lower(): word for word in words}
        if text.lower() not in folded:
            raise ValueError(f"“{text}” is none of: {', '.join(words)}.")
        return folded[text.lower()]

    return check


def _number_to(most: int) -> Callable[[str], str]:
    def check(text: str) -> str:
        if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= most):
            raise ValueError(f"“{text}” is no whole number from 1 to {most}.")
        return str(int(text))

    return check


def _hours(text: str) -> str:
    return OF_SERVICE if text.lower() == OF_SERVICE else parse_hours(text).text


CHECKS: dict[str, Callable[[str], str]] = {
    "urgency": _word_of(Urgency.values),
    "severity": _word_of(Severity.values),
    "priority": _word_of(Priority.values),
    "hours": _hours,
    "age": _number_to(MAX_AGE_MINUTES),
    "alerts": _number_to(MAX_ALERTS),
}
