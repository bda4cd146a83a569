"""Attributes of teams and people: names with values, such as ``region: EU``. Pure."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError

Attributes = dict[str, str]
MAX_ATTRIBUTES, MAX_NAME, MAX_VALUE = 30, 60, 300


def checked_attributes(values: Any) -> Attributes:
    """The same, without spaces around names and values. Raises ValueError with a sentence."""
    if not isinstance(values, Mapping):
        raise ValueError("write names with values, such as region: EU")
    if len(values) > MAX_ATTRIBUTES:
        raise ValueError(f"there are at most {MAX_ATTRIBUTES} attributes")
    found: Attributes = {}
    for name, value in values.items():
        key, text = str(name).strip(), str(value).strip()
        if not key or ":" in key or len(key) > MAX_NAME:
            raise ValueError(f"a name has 1 to {MAX_NAME} characters and no colon: “{key[:80]}”")
        if len(text) > MAX_VALUE or "\n" in text:
            raise ValueError(f"the value of {key} has more than {MAX_VALUE} characters or one line")
        if key in found:
            raise ValueError(f"{key} is there twice")
        found[key] = text
    return found


def check_attributes(values: Any) -> None:
    """Raises ValidationError for what are no attributes."""
    try:
        checked_attributes(values)
    except ValueError as error:
        raise ValidationError(f"{str(error)[:1].upper()}{str(error)[1:]}.") from error
