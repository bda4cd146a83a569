"""Sentences that describe rules and routing."""

from typing import Any

from integrations.mapping.conditions import compile_condition
from integrations.pages.rule_editor.form_tree import lines, rows, table, text
from integrations.pages.rule_editor.routing_form import DAYS
from opsportal.lib.text import as_text

LONG_DAYS = dict(zip(DAYS, ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"), strict=True))
NOT_PAGED = "Alerts that close before that page nobody."


def say_delay(routing: dict[str, Any]) -> list[str]:
    """The sentences of the panel about delay, grouping and auto-close."""
    said = [_delay(table(routing, "delay"), text(routing, "time_zone") or "UTC")]
    grouping = table(routing, "grouping")
    said += [_grouping(grouping)] if "grouping" in routing else []
    if minutes := routing.get("close_after_minutes"):
        said.append(f"An alert that is not repeated for {_minutes(minutes)} closes automatically.")
    return said


def say_times(row: dict[str, Any]) -> str:
    """Days and hours of one row: Mon to Fri, 09:00–17:00."""
    days = row.get("days") or DAYS
    start, end = as_text(row.get("start")) or "00:00", as_text(row.get("end")) or "24:00"
    night = " of the next day" if end <= start else ""
    return f"{_days([day for day in DAYS if day in days])}, {start}–{end}{night}"


def say_condition(raw: Any) -> str:
    """A condition as a sentence; '' where it cannot work."""
    try:
        condition = compile_condition(raw, "", [])
    except (TypeError, ValueError, AttributeError):
        return ""
    return condition.says if condition else ""


def say_filters(rules: dict[str, Any]) -> str:
    """One line about what an integration takes."""
    filters = rules.get("filters")
    return f"accepts messages with {say_condition(filters)}" if filters else "accepts every message"


def _delay(delay: dict[str, Any], zone: str) -> str:
    alerts, minutes = as_text(delay.get("alerts")) or "?", delay.get("minutes") or "?"
    match delay.get("rule"):
        case "every_alerts":
            return f"Pages with each {_ordinal(alerts)} message of an alert. {NOT_PAGED}"
        case "minutes":
            return f"Pages when it is still open after {_minutes(minutes)}. {NOT_PAGED}"
        case "alerts_within":
            return (
                f"Pages when {alerts} messages of an alert came within {_minutes(minutes)}, also "
                f"when it closed in between. {NOT_PAGED}"
            )
        case "support_hours":
            hours = "; ".join(say_times(row) for row in rows(delay, "hours")) or "no hours yet"
            return (
                f"Pages at once within the support hours ({hours}, {zone}), and else when they "
                f"begin next. {NOT_PAGED}"
            )
    return "Pages at once." if not delay else "Choose when to page."


def _grouping(grouping: dict[str, Any]) -> str:
    by = grouping.get("by")
    paths = by if isinstance(by, list) else lines(as_text(by))
    same = f" with the same {' and '.join(map(as_text, paths))}" if paths else ""
    minutes = grouping.get("minutes")
    window = f" that arrive within {_minutes(minutes)} of the first" if minutes else ""
    again = (
        "A new alert in it pages again, even if it is acknowledged."
        if grouping.get("pages_again", True) is not False
        else "A new alert in it does not page while it is acknowledged."
    )
    if not same and not window:
        return "Choose minutes, fields, or both."
    return f"Alerts{same}{window} become one incident. {again}"


def _minutes(number: Any) -> str:
    written = as_text(number)
    return f"{written} minute{'' if written == '1' else 's'}"


def _ordinal(number: str) -> str:
    ends = {"1": "st", "2": "nd", "3": "rd"}
    is_teen = number[-2:-1] == "1"
    return f"{number}{'th' if is_teen else ends.get(number[-1:], 'th')}" if number != "?" else "nth"


def _days(days: list[str]) -> str:
    if len(days) == len(DAYS):
        return "every day"
    places = [DAYS.index(day) for day in days]
    if len(days) > 2 and places == list(range(places[0], places[-1] + 1)):
        return f"{LONG_DAYS[days[0]]} to {LONG_DAYS[days[-1]]}"
    return ", ".join(LONG_DAYS[day] for day in days)
