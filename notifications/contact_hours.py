"""Hours of the week at which a contact method is used, by the clock of its person. Pure."""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError

from opsportal.lib.hours_text import Hours, parse_hours

HINT = "Write hours such as: mon-fri 08:00-18:00, sat 10:00-12:00. They are of the person's clock."


def check_hours(text: str) -> None:
    """Raises ValidationError for a text that says no hours; an empty one is always."""
    if text:
        try:
            parse_hours(f"{text} UTC")
        except ValueError as error:
            raise ValidationError(HINT) from error


def hours_of(method: Any) -> Hours | None:
    """The hours of a contact method; None where it is always used."""
    return parse_hours(f"{method.hours} {method.user.zone.key}") if method.hours else None


def is_within(method: Any, now: datetime) -> bool:
    """Whether the contact method is used at an instant."""
    hours = hours_of(method)
    return hours is None or hours.contains(now)


def opening(method: Any, now: datetime) -> datetime | None:
    """When its hours begin next; None within them."""
    hours = hours_of(method)
    return hours.opens(now) if hours else None
