"""Windows: the times of the week, and the holidays, at which a layer is on call.

A window begins at the first instant at which the clock reads its start, and ends at the last one
at which it reads its end: two that meet in a repeated hour overlap, and leave no hole.
"""

from collections.abc import Collection, Iterator
from datetime import date

from escalation.schedules.definition import HolidayRule, Layer, Window
from escalation.schedules.spans import Span, joined_spans
from opsportal.lib.wall_clock import DAY_S, WallClock

EPOCH_DAY = date(1970, 1, 1).toordinal()
MONDAY = 3  # The day 0, 1970-01-01, was a Thursday.
WHOLE_DAYS = (Window(frozenset(range(7))),)


def number_of_day(day: date) -> int:
    """The day, counted from 1970-01-01."""
    return day.toordinal() - EPOCH_DAY


def weekday_of(day: int) -> int:
    """The weekday of a day, counted from 1970-01-01; 0 is Monday."""
    return (day + MONDAY) % 7


def meets(window: Window, start: int, end: int) -> bool:
    """Whether an occurrence of the window has a part in a span of wall time."""
    return any(
        begin < end and begin + window.minutes * 60 > start
        for begin in _starts(window, start, end, frozenset(), HolidayRule.AS_USUAL)
    )


def spans_of(
    layer: Layer, clock: WallClock, start: int, end: int, holidays: Collection[int]
) -> list[Span] | None:
    """The instants from which and until which the windows of a layer are open, disjoint and in
    order; all that have a part between ``start`` and ``end``, uncut. None: always.

    ``holidays`` are days counted from 1970-01-01.
    """
    rule, windows = layer.holidays, layer.windows
    if not windows:
        if rule == HolidayRule.AS_USUAL:
            return None
        windows = WHOLE_DAYS  # The date on the wall decides.
    wall_start, wall_end = clock.wall_at(start) - DAY_S, clock.wall_at(end) + DAY_S
    found = []
    for window in windows:
        for begin in _starts(window, wall_start, wall_end, holidays, rule):
            opens, closes = clock.first(begin), clock.last(begin + window.minutes * 60)
            if opens < closes and closes > start and opens < end:
                found.append((opens, closes))
    return joined_spans(found)


def _starts(
    window: Window, start: int, end: int, holidays: Collection[int], rule: HolidayRule
) -> Iterator[int]:
    """The wall times at which occurrences begin that may have a part in a span of wall time."""
    first_day = start // DAY_S - window.plus_days - 1
    for day in range(first_day, end // DAY_S + 1):
        if weekday_of(day) not in window.days:
            continue
        if rule != HolidayRule.AS_USUAL and (day in holidays) != (rule == HolidayRule.ONLY):
            continue
        yield day * DAY_S + window.start * 60
