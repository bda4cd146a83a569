"""Hours of the week as one text: ``mon-fri 08:00-18:00, sat 10:00-12:00 Europe/Berlin``."""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from opsportal.lib.weekly_hours import DAYS, WeeklyHours, next_opening

HINT = "Write hours such as: mon-fri 08:00-18:00, sat 10:00-12:00 Europe/Berlin"
ROW = re.compile(
    r"^(?P<days>[a-z]{3}(?:\s*[-+]\s*[a-z]{3})*|daily)\s+"
    r"(?P<start>\d{1,2}(?::\d\d)?)\s*[-–]\s*(?P<end>\d{1,2}(?::\d\d)?)$"
)
MAX_ROWS = 20
MAX_LENGTH = 400
MAX_CLOSINGS = 400  # that follow each other without a gap, before hours count as always open


@dataclass(frozen=True, slots=True)
class Hours:
    """Hours of the week in a zone; ``text`` is how they are written. An empty table: always."""

    table: tuple[WeeklyHours, ...]
    zone: ZoneInfo
    text: str

    def contains(self, now: datetime) -> bool:
        """Whether an instant is within these hours."""
        return not self.table or any(hours.contains(self.zone, now) for hours in self.table)

    def opens(self, now: datetime) -> datetime | None:
        """When they begin next; None within them."""
        return next_opening(self.table, self.zone, now)

    def closes(self, now: datetime) -> datetime | None:
        """When the hours that hold now end; None outside, and where they never do."""
        at = now
        for _ in range(MAX_CLOSINGS):
            ends = [end for end in self._ends(at) if end is not None]
            if not ends:
                return at if at != now else None
            at = max(ends)
        return None

    def _ends(self, at: datetime) -> list[datetime]:
        today = at.astimezone(self.zone).date()
        spans = [span for hours in self.table for span in hours.periods(self.zone, today, 1)]
        return [end for begin, end in spans if begin <= at < end]


@lru_cache(maxsize=1024)
def parse_hours(text: str) -> Hours:
    """The hours that a text means. Raises ValueError with a sentence for whoever wrote it."""
    if len(text) > MAX_LENGTH:
        raise ValueError(f"At most {MAX_LENGTH} characters.")
    rest, _, zone = text.strip().rpartition(" ")
    if zone not in available_timezones():
        raise ValueError(f"“{zone}” is no time zone. {HINT}.")
    rows = [part.strip().lower() for part in rest.split(",") if part.strip()]
    if not 1 <= len(rows) <= MAX_ROWS:
        raise ValueError(f"{HINT}.")
    table = tuple(map(_read_row, rows))
    return Hours(table, ZoneInfo(zone), f"{', '.join(map(_row_text, table))} {zone}")


def _read_row(text: str) -> WeeklyHours:
    found = ROW.match(text)
    if not found:
        raise ValueError(f"“{text}” says no hours. {HINT}.")
    start, end = _minutes(found["start"]), _minutes(found["end"])
    if start == 24 * 60:
        raise ValueError(f"“{text}” begins at 24:00. {HINT}.")
    return WeeklyHours(_days(found["days"]), start, end)


def _minutes(text: str) -> int:
    hour, _, minute = text.partition(":")
    found = int(hour) * 60 + int(minute or 0)
    if int(minute or 0) > 59 or found > 24 * 60:
        raise ValueError(f"“{text}” is no time of the day. {HINT}.")
    return found


def _days(text: str) -> frozenset[int]:
    if text == "daily":
        return frozenset(range(7))
    found: set[int] = set()
    for part in text.replace(" ", "").split("+"):
        first, *last = (_day(name) for name in part.split("-"))
        end = last[-1] if last else first
        found |= {(first + offset) % 7 for offset in range((end - first) % 7 + 1)}
    return frozenset(found)


def _day(name: str) -> int:
    if name not in DAYS:
        raise ValueError(f"“{name}” is no day; known: {', '.join(DAYS)}, daily.")
    return DAYS.index(name)


def _row_text(hours: WeeklyHours) -> str:
    clock = [f"{minute // 60:02}:{minute % 60:02}" for minute in (hours.start, hours.end)]
    return f"{_days_text(sorted(hours.days))} {clock[0]}-{clock[1]}"


def _days_text(days: list[int]) -> str:
    if len(days) == len(DAYS):
        return "daily"
    runs: list[list[int]] = []
    for day in days:
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return "+".join(DAYS[r[0]] if len(r) == 1 else f"{DAYS[r[0]]}-{DAYS[r[-1]]}" for r in runs)
