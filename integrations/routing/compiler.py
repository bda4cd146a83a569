"""Routing as people write it (a table from a form or the API), checked."""

import re
from datetime import timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from integrations.errors import RulesError
from integrations.mapping.compiler import refuse_unknown
from integrations.mapping.conditions import compile_condition
from integrations.mapping.values import Problems, compile_path
from opsportal.lib.weekly_hours import DAYS, MINUTES_PER_DAY, WeeklyHours

KEYS = ("time_zone", "delay", "grouping", "overrides", "dynamic_groups", "close_after_minutes")


class DelayRule(StrEnum):
    """The rules by which an alert does not page at once."""

    EVERY_ALERTS = "every_alerts"
    MINUTES = "minutes"
    ALERTS_WITHIN = "alerts_within"
    SUPPORT_HOURS = "support_hours"


# The keys that each rule needs.
DELAYS: dict[DelayRule, tuple[str, ...]] = {
    DelayRule.EVERY_ALERTS: ("alerts",),
    DelayRule.MINUTES: ("minutes",),
    DelayRule.ALERTS_WITHIN: ("alerts", "minutes"),
    DelayRule.SUPPORT_HOURS: ("hours",),
}
GROUPING_KEYS = ("minutes", "by", "pages_again")
HOURS_KEYS = ("days", "start", "end")
OVERRIDE_KEYS = (*HOURS_KEYS, "when", "policy", "play")
GROUP_KEYS = ("when", "team")
MAX_ROWS = 100
MAX_ALERTS = 1000
MINUTES_PER_WEEK = 7 * MINUTES_PER_DAY
MINUTES_PER_YEAR = 366 * MINUTES_PER_DAY
TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)|24:00")


def compile_routing(raw: Any) -> dict[str, Any]:
    """The parts of the routing. Raises RulesError."""
    problems: Problems = []
    if not isinstance(raw, dict):
        raise RulesError([("routing", "write a table")])
    refuse_unknown(raw, KEYS, "", problems)
    parts = {
        "zone": _zone(raw.get("time_zone"), problems),
        "delay": _delay(raw.get("delay"), problems),
        "grouping": _grouping(raw.get("grouping"), problems),
        "overrides": [
            _override(row, where, problems)
            for where, row in _rows(raw.get("overrides"), "overrides", problems)
        ],
        "dynamic_groups": [
            _dynamic_group(row, where, problems)
            for where, row in _rows(raw.get("dynamic_groups"), "dynamic_groups", problems)
        ],
        "close_after": _close_after(raw.get("close_after_minutes"), problems),
        "never_closes": raw.get("close_after_minutes") == 0,
    }
    if problems:
        raise RulesError(problems)
    return parts


def _zone(raw: Any, problems: Problems) -> ZoneInfo:
    if raw in (None, ""):
        return ZoneInfo("UTC")
    if not isinstance(raw, str) or raw not in available_timezones():
        problems.append(("time_zone", f"“{raw}” is no IANA time zone, such as Europe/Berlin"))
        return ZoneInfo("UTC")
    return ZoneInfo(raw)


def _delay(raw: Any, problems: Problems) -> dict[str, Any] | None:
    if raw in (None, {}):
        return None
    rule = raw.get("rule") if isinstance(raw, dict) else None
    if not isinstance(rule, str) or rule not in set(DelayRule):
        problems.append(("delay.rule", f"write one of {', '.join(DELAYS)}"))
        return None
    needed = DELAYS[DelayRule(rule)]
    refuse_unknown(raw, ("rule", *needed), "delay.", problems)
    found: dict[str, Any] = {"rule": DelayRule(rule)}
    if "alerts" in needed:
        least = 2 if rule == DelayRule.ALERTS_WITHIN else 1
        found["alerts"] = _number(raw, "delay.alerts", (least, MAX_ALERTS), problems)
    if "minutes" in needed:
        found["minutes"] = _number(raw, "delay.minutes", (1, MINUTES_PER_WEEK), problems)
    if "hours" in needed:
        rows = _rows(raw.get("hours"), "delay.hours", problems)
        if not rows:
            problems.append(("delay.hours", "write at least one row of days, start and end"))
        for where, row in rows:
            refuse_unknown(row, HOURS_KEYS, f"{where}.", problems)
        found["hours"] = tuple(_hours(row, where, problems) for where, row in rows)
    return found


def _grouping(raw: Any, problems: Problems) -> dict[str, Any] | None:
    if raw in (None, {}):
        return None
    if not isinstance(raw, dict):
        problems.append(("grouping", "write minutes, by, or both"))
        return None
    refuse_unknown(raw, GROUPING_KEYS, "grouping.", problems)
    minutes = 0
    if raw.get("minutes") not in (None, ""):
        minutes = _number(raw, "grouping.minutes", (1, MINUTES_PER_YEAR), problems)
    rows = raw.get("by") or []
    rows = [rows] if isinstance(rows, str) else rows
    if not isinstance(rows, list) or len(rows) > MAX_ROWS:
        problems.append(("grouping.by", "write a list of paths"))
        rows = []
    by = [compile_path(row, f"grouping.by[{i}]", problems) for i, row in enumerate(rows)]
    if not minutes and not rows and not problems:
        problems.append(("grouping", "write minutes, by, or both"))
    again = raw.get("pages_again", True)
    if not isinstance(again, bool):
        problems.append(("grouping.pages_again", "write true or false"))
    return {
        "minutes": minutes,
        "by": tuple(path for path in by if path is not None),
        "pages_again": again is not False,
    }


def _override(row: dict[str, Any], where: str, problems: Problems) -> dict[str, Any]:
    refuse_unknown(row, OVERRIDE_KEYS, f"{where}.", problems)
    timed = any(row.get(key) not in (None, "", []) for key in HOURS_KEYS)
    hours = _hours(row, where, problems) if timed else None
    when = compile_condition(row.get("when"), f"{where}.when", problems)
    if not timed and row.get("when") in (None, "", [], {}):
        problems.append((where, "write when it holds: days, start and end, or when"))
    if (row.get("policy") in (None, "")) == (row.get("play") in (None, "")):
        problems.append((where, "write either a policy or a play"))
    return {
        "hours": hours,
        "when": when,
        "policy_id": _id(row, "policy", where, problems),
        "play_id": _id(row, "play", where, problems),
    }


def _dynamic_group(row: dict[str, Any], where: str, problems: Problems) -> dict[str, Any]:
    refuse_unknown(row, GROUP_KEYS, f"{where}.", problems)
    before = len(problems)
    when = compile_condition(row.get("when"), f"{where}.when", problems)
    if when is None and len(problems) == before:
        problems.append((f"{where}.when", "write {path, operator, value}"))
    team = _id(row, "team", where, problems)
    if team is None and not any(place == f"{where}.team" for place, _ in problems):
        problems.append((f"{where}.team", "write the id of a team"))
    return {"when": when, "team_id": team}


def _close_after(raw: Any, problems: Problems) -> timedelta | None:
    if raw in (None, "", 0):
        return None
    table = {"close_after_minutes": raw}
    return timedelta(minutes=_number(table, "close_after_minutes", (1, MINUTES_PER_YEAR), problems))


def _hours(row: dict[str, Any], where: str, problems: Problems) -> WeeklyHours:
    names = row.get("days") or list(DAYS)
    names = [names] if isinstance(names, str) else names
    if not isinstance(names, list) or any(name not in DAYS for name in names):
        problems.append((f"{where}.days", f"write some of {', '.join(DAYS)}"))
        names = []
    if (row.get("start") in (None, "")) != (row.get("end") in (None, "")):
        problems.append((where, "write both start and end, or neither"))
    start = _time(row.get("start"), 0, f"{where}.start", problems)
    end = _time(row.get("end"), MINUTES_PER_DAY, f"{where}.end", problems)
    if start == MINUTES_PER_DAY:
        problems.append((f"{where}.start", "24:00 ends a day; write 00:00 of the next one"))
    return WeeklyHours(frozenset(map(DAYS.index, names)), start, end)


def _time(raw: Any, default: int, where: str, problems: Problems) -> int:
    """Minutes since midnight."""
    if raw in (None, ""):
        return default
    if not isinstance(raw, str) or not TIME.fullmatch(raw):
        problems.append((where, "write a time such as 09:00 or 24:00"))
        return default
    hours, minutes = raw.split(":")
    return int(hours) * 60 + int(minutes)


def _rows(raw: Any, where: str, problems: Problems) -> list[tuple[str, dict[str, Any]]]:
    if raw in (None, "", {}, []):
        return []
    if not isinstance(raw, list) or len(raw) > MAX_ROWS:
        problems.append((where, f"write a list of at most {MAX_ROWS} rows"))
        return []
    found = []
    for i, row in enumerate(raw):
        if isinstance(row, dict):
            found.append((f"{where}[{i}]", row))
        else:
            problems.append((f"{where}[{i}]", "a row is a table"))
    return found


def _number(raw: dict[str, Any], where: str, bounds: tuple[int, int], problems: Problems) -> int:
    number, (least, most) = raw.get(where.rpartition(".")[2]), bounds
    if type(number) is not int or not least <= number <= most:
        problems.append((where, f"write a whole number from {least} to {most}"))
        return least
    return number


def _id(row: dict[str, Any], key: str, where: str, problems: Problems) -> int | None:
    number = row.get(key)
    if number in (None, ""):
        return None
    if type(number) is not int or not 0 < number < 2**63:
        problems.append((f"{where}.{key}", f"write the id of a {key}"))
        return None
    return number
