"""The job that fills the table of holidays. It alone imports `holidays`, which costs 19 MB."""

from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Any

import holidays
from django.db import transaction
from django.utils import timezone
from holidays.registry import COUNTRIES

from escalation.actions.holidays import named_places, tell_managers
from escalation.models import Holiday, HolidayCalendar

YEARS = 3
FILLED_EVERY = timedelta(days=1)
MAX_NAME_CHARS = 150


def fill() -> None:
    """Fill the holidays of all places that schedules name, for three years."""
    now = timezone.now()
    for country, subdivision in named_places():
        fill_place(country, subdivision, now)


@transaction.atomic
def fill_place(country: str, subdivision: str, now: datetime) -> None:
    """Write what the package says of a place, from today on. What people added or took out stays.

    Where the place was filled before, its managers are told what is different in the days that
    were filled.
    """
    calendars = HolidayCalendar.objects.select_for_update(no_key=True)
    calendar, _ = HolidayCalendar.objects.get_or_create(
        country=country, subdivision=subdivision, defaults={"due_at": now}
    )
    calendar = calendars.get(pk=calendar.pk)
    today = now.date()
    found = _days_of(country, subdivision, today)
    rows = Holiday.objects.filter(country=country, subdivision=subdivision, day__gte=today)
    known = {row.day: row for row in rows}
    new = [day for day in found if day not in known]
    gone = [
        day
        for day, row in known.items()
        if day not in found and not row.is_own and row.removed_at is None
    ]
    Holiday.objects.bulk_create(
        Holiday(country=country, subdivision=subdivision, day=day, name=found[day]) for day in new
    )
    rows.filter(day__in=gone, is_own=False).delete()
    until = calendar.filled_until
    if until is not None:
        names = {day: row.name for day, row in known.items()} | found
        changes = [(names[day], day, day in found) for day in [*new, *gone] if day <= until]
        tell_managers(calendar, sorted(changes, key=lambda one: one[1]), now)
    calendar.filled_until = date(today.year + YEARS - 1, 12, 31)
    calendar.due_at = now + FILLED_EVERY
    calendar.save(update_fields=["filled_until", "due_at"])


def _days_of(country: str, subdivision: str, today: date) -> dict[date, str]:
    years = range(today.year, today.year + YEARS)
    named = holidays.country_holidays(country, subdiv=subdivision or None, years=years)
    return {day: name[:MAX_NAME_CHARS] for day, name in named.items() if day >= today}


def places_of_package() -> dict[str, dict[str, Any]]:
    """What `holiday_places.json` has: the name and the subdivisions of each country.

    After an update of the package ``manage.py shell -c "from escalation.holiday_job import *;
    print(json.dumps(places_of_package()))"`` writes it anew; a test compares the two.
    """
    supported = holidays.list_supported_countries()
    names: dict[str, str] = defaultdict(str)
    for module, (_, code, *_) in COUNTRIES.items():
        names[code] = module.replace("_", " ").title().replace(" And ", " and ")
    return {
        code: {"name": names[code], "subdivisions": list(supported[code])}
        for code in sorted(names)
        if code in supported
    }
