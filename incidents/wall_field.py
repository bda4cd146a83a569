"""A form field for a date and a time of day on the wall of some zone."""

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

WALL = "%Y-%m-%dT%H:%M"
YEARS = range(1970, 3000)


class WallField(forms.Field):
    """A date and a time of day, in whichever zone."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=WALL)

    def to_python(self, value: Any) -> datetime | None:
        if not value or isinstance(value, datetime):
            return value or None
        try:
            found = datetime.fromisoformat(str(value)).replace(tzinfo=None, second=0, microsecond=0)
        except ValueError as error:
            raise ValidationError("Enter a date and a time: 2026-11-21T22:00.") from error
        if found.year not in YEARS:
            raise ValidationError(f"{found.year} is too far away.")
        return found

    def has_changed(self, initial: Any, data: Any) -> bool:
        """By the minute, as it is shown: what has seconds is not cut by saving it again."""
        shown = initial.strftime(WALL) if initial else ""
        return shown != str(data or "")[: len("2026-11-21T22:00")]
