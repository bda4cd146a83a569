"""The holidays that support hours of services follow."""

from datetime import date

from escalation.models import Holiday
from incidents.holidays import holiday_reader


@holiday_reader
def days_of(country: str, subdivision: str) -> frozenset[date]:
    """The holidays of a place, as schedules follow them."""
    rows = Holiday.objects.filter(country=country, subdivision=subdivision, removed_at=None)
    return frozenset(rows.values_list("day", flat=True))
