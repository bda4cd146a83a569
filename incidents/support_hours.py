"""The hours of the week in which a service is attended, as values and as text. Pure.

As text: ``mon-fri 09:00-17:00; sat 10:00-14:00``. As rows: ``{"days": ["mon"], "start": "09:00",
"end": "17:00"}``. Without rows a service is attended always. Where holidays are known no row begins
on one but those that name ``holiday`` among their days.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from opsportal.lib.weekly_hours import DAYS, MINUTES_PER_DAY, WeeklyHours, next_opening

MAX_ROWS = 20
HOLIDAY = "holiday"
ROW_DAYS = (*DAYS, HOLIDAY)
MAX_SEARCH_DAYS = 3660  # A clock that would run longer ends there.
_TIME = re.compile(r"(?:[01]?\d|2[0-3]):[0-5]\d|24:00")
_ROW = re.compile(r"([a-z,\s-]+?)\s+(\S+?)\s*-\s*(\S+)")


@dataclass(frozen=True, slots=True)
class SupportHours:
    """Hours of the week in a time zone; empty ones are always open."""

    table: tuple[WeeklyHours, ...]
    zone: ZoneInfo

    @classmethod
    def from_rows(
        cls, rows: Iterable[dict[str, Any]], zone: str, holidays: frozenset[date] = frozenset()
    ) -> "SupportHours":
        """The hours of stored rows. Raises ValueError with a sentence for what is no row."""
        return cls(tuple(_hours(row, holidays) for row in rows), ZoneInfo(zone or "UTC"))

    def is_open(self, at: datetime) -> bool:
        """Whether the service is attended at that time."""
        return not self.table or any(hours.contains(self.zone, at) for hours in self.table)

    def next_opening(self, at: datetime) -> datetime | None:
        """When they open next, in UTC; None while they are open."""
        return next_opening(self.table, self.zone, at)

    def advance(self, start: datetime, span: timedelta) -> datetime:
        """When so much open time has passed since ``start``."""
        if not self.table:
            return start + span
        left = span
        for begin, end in self._open_spans(start):
            if end - begin >= left:
                return begin + left
            left -= end - begin
        return start + timedelta(days=MAX_SEARCH_DAYS)

    def open_between(self, start: datetime, end: datetime) -> timedelta:
        """How much of a span is open time; none where it ends before it begins."""
        if not self.table:
            return max(end - start, timedelta())
        found = timedelta()
        for opens, closes in self._open_spans(start):
            if opens >= end:
                break
            found += min(closes, end) - opens
        return found

    def _open_spans(self, start: datetime) -> Iterable[tuple[datetime, datetime]]:
        """The spans of open time from ``start`` on, disjoint and in order."""
        reached = start.astimezone(UTC)
        last = reached + timedelta(days=MAX_SEARCH_DAYS)
        while reached < last:
            day = reached.astimezone(self.zone).date()
            periods = [pair for hours in self.table for pair in hours.periods(self.zone, day, 2)]
            later = sorted((begin, end) for begin, end in periods if end > reached)
            begin, end = later[0] if later else (reached + timedelta(days=1), reached)
            if begin < end:
                yield max(begin, reached), end
            reached = max(end, reached) if begin < end else begin


def rows_from_text(text: str) -> list[dict[str, Any]]:
    """The rows of hours as people write them. Raises ValueError with a sentence."""
    parts = [part.strip() for part in re.split(r"[;\n]", text.lower().replace("–", "-"))]
    rows = [_row(part) for part in parts if part]
    if len(rows) > MAX_ROWS:
        raise ValueError(f"write at most {MAX_ROWS} times of the week")
    return rows


def text_of_rows(rows: Sequence[dict[str, Any]]) -> str:
    """The hours as people write them."""
    return "; ".join(f"{_days_text(row['days'])} {row['start']}-{row['end']}" for row in rows)


def checked_rows(rows: Any) -> list[dict[str, Any]]:
    """Rows in their stored form. Raises ValueError with a sentence."""
    if not isinstance(rows, list) or len(rows) > MAX_ROWS:
        raise ValueError(f"write a list of at most {MAX_ROWS} rows with days, start and end")
    for row in rows:
        if not isinstance(row, dict) or set(row) != {"days", "start", "end"}:
            raise ValueError("write days, start and end in each row")
        _hours(row)
    return rows


def _row(part: str) -> dict[str, Any]:
    found = _ROW.fullmatch(part)
    if found is None:
        raise ValueError(f"“{part}” is no time of the week, such as mon-fri 09:00-17:00")
    row = {"days": _days(found[1]), "start": found[2].zfill(5), "end": found[3].zfill(5)}
    _hours(row)
    return row


def _days(text: str) -> list[str]:
    found: set[int] = set()
    for part in text.split(","):
        if part.strip() in (HOLIDAY, "holidays"):
            found.add(ROW_DAYS.index(HOLIDAY))
            continue
        first, _, last = (word.strip()[:3] for word in part.partition("-"))
        if first not in DAYS or (last and last not in DAYS):
            raise ValueError(f"“{part.strip()}” is no day: write some of {', '.join(ROW_DAYS)}")
        begin, end = DAYS.index(first), DAYS.index(last or first)
        found |= {day % 7 for day in range(begin, end + 1 + 7 * (end < begin))}
    return [ROW_DAYS[day] for day in sorted(found)]


def _days_text(days: Sequence[str]) -> str:
    numbers = sorted(DAYS.index(day) for day in days if day != HOLIDAY)
    names = [DAYS[number] for number in numbers]
    if len(numbers) > 2 and numbers == list(range(numbers[0], numbers[-1] + 1)):
        names = [f"{names[0]}-{names[-1]}"]
    return ",".join([*names, HOLIDAY] if HOLIDAY in days else names)


def _hours(row: dict[str, Any], holidays: frozenset[date] = frozenset()) -> WeeklyHours:
    days = row["days"]
    if not isinstance(days, list) or not days or any(day not in ROW_DAYS for day in days):
        raise ValueError(f"days: write some of {', '.join(ROW_DAYS)}")
    start, end = _minutes(row["start"]), _minutes(row["end"])
    if start == MINUTES_PER_DAY:
        raise ValueError("start: 24:00 ends a day; write 00:00 of the next one")
    weekdays = frozenset(DAYS.index(day) for day in days if day != HOLIDAY)
    return WeeklyHours(weekdays, start, end, holidays, on_holidays=HOLIDAY in days)


def _minutes(text: Any) -> int:
    if not isinstance(text, str) or not _TIME.fullmatch(text):
        raise ValueError(f"“{text}” is no time of the day, such as 09:00")
    hour, minute = text.split(":")
    return int(hour) * 60 + int(minute)
