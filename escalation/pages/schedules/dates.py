"""Times and days that the address of a page names; whatever else stands there is the default."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from escalation.on_call.lookup import YEARS
from escalation.on_call.schedule_facts import instant_of, time_of
from opsportal.lib import pages
from opsportal.lib.weekly_hours import to_utc


def time_from(text: str | None, latest: datetime) -> datetime | None:
    """The time of so many seconds since 1970, at the latest ``latest``."""
    number = pages.parse_id(text)
    return None if number is None else time_of(min(number, instant_of(latest)))


def day_from(text: str | None, default: date) -> date:
    """The day of ``2026-03-30``, from 1980 to 2100."""
    try:
        found = date.fromisoformat((text or "")[:10])
    except ValueError:
        return default
    return found if found.year in YEARS else default


def month_from(text: str | None, today: date) -> date:
    """The first day of the month ``2026-03``; of the present one by default."""
    return day_from(f"{(text or '')[:7]}-01", today).replace(day=1)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """When the day begins by the clock of the zone."""
    return to_utc(datetime.combine(day, time()), zone, is_end=False)
