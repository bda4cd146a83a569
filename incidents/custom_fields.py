"""Values of custom fields. Pure, but for reading the definitions."""

import math
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from incidents.choices import FieldKind
from incidents.errors import InvalidRequest
from incidents.models import CustomField

MAX_TEXT = 1000
MAX_LINK = 2000
MAX_TAGS = 20
MAX_TAG = 50


def clean_value(field: CustomField, value: Any) -> Any:
    """The value as it is kept: a text, a number, or a date as ISO 8601; None for nothing.

    Raises ValueError with a sentence.
    """
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if field.kind == FieldKind.NUMBER:
        return _number(value)
    text = str(value).strip()
    if field.kind == FieldKind.CHOICE and text not in field.choices:
        raise ValueError(f"Write one of: {', '.join(map(str, field.choices))}.")
    if field.kind == FieldKind.DATE:
        return _date(text)
    if field.kind == FieldKind.LINK and not text.lower().startswith(("https://", "http://")):
        raise ValueError("Write a link that begins with https:// or http://.")
    limit = MAX_LINK if field.kind == FieldKind.LINK else MAX_TEXT
    if len(text) > limit or "\x00" in text:
        raise ValueError(f"Write at most {limit} characters.")
    return text


def _number(value: Any) -> int | float:
    try:
        number = float(value) if not isinstance(value, bool) else math.nan
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise ValueError("Write a number.")
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


def _date(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise ValueError("Write a date, such as 2026-11-30.") from None


def merge_values(
    known: Mapping[str, Any], given: Mapping[str, Any], *, is_new: bool = False
) -> dict[str, Any]:
    """The values with those that are given, by key or name; None takes one away.

    Raises InvalidRequest for an unknown field, a value that it cannot hold, a required one that is
    taken away, and with ``is_new`` one that is missing.
    """
    fields = list(CustomField.objects.all())
    by_name = {name.lower(): one for one in fields for name in (one.name, one.key)}
    found = dict(known)
    for name, value in given.items():
        field = by_name.get(str(name).lower())
        if field is None:
            raise InvalidRequest(f"custom_fields: there is no custom field “{name}”.")
        try:
            cleaned = clean_value(field, value)
        except ValueError as error:
            raise InvalidRequest(f"custom_fields: {field.name}: {error}") from error
        if cleaned is None and field.is_required:
            raise InvalidRequest(f"custom_fields: {field.name} is required.")
        found[field.key] = cleaned
    missing = [one.name for one in fields if one.is_required and found.get(one.key) is None]
    if is_new and missing:
        raise InvalidRequest(f"custom_fields: {missing[0]} is required.")
    return {key: value for key, value in found.items() if value is not None}


def values_of_alert(fields: Iterable[CustomField], attributes: Mapping[str, Any]) -> dict[str, Any]:
    """What a sender says of the custom fields, by key or name; what they cannot hold is left."""
    said = attributes.get("custom_fields")
    given = {str(k).lower(): v for k, v in said.items()} if isinstance(said, dict) else {}
    found = {}
    for field in fields:
        for name in (field.key, field.name.lower()):
            try:
                value = clean_value(field, given.get(name))
            except ValueError:
                continue
            if value is not None:
                found[field.key] = value
    return found


def tags_of_alert(attributes: Mapping[str, Any]) -> list[str]:
    """What a sender calls tags: ``prod``, or ``env:prod`` for one with a value."""
    said = attributes.get("tags")
    pairs = said.items() if isinstance(said, dict) else ()
    return clean_tags(name if text == "true" else f"{name}:{text}" for name, text in pairs)


def clean_tags(tags: Iterable[Any]) -> list[str]:
    """In lower case, each once, as many as are kept of an incident."""
    texts = (" ".join(str(tag).replace("\x00", "").replace(",", " ").split()) for tag in tags)
    found = dict.fromkeys(text.lower()[:MAX_TAG] for text in texts if text)
    return list(found)[:MAX_TAGS]


def named_values(values: Mapping[str, Any]) -> list[tuple[str, Any, bool]]:
    """(name, value, whether it is a link) of what is filled in, and of what is required."""
    return [
        (field.name, values.get(field.key), field.kind == FieldKind.LINK)
        for field in CustomField.objects.all()
        if values.get(field.key) is not None or field.is_required
    ]


def choices_problem(kind: str, choices: Any) -> str:
    """Why a field of this kind cannot have these choices; "" where it can."""
    is_list = isinstance(choices, list) and all(isinstance(one, str) and one for one in choices)
    if kind == FieldKind.CHOICE and (not is_list or not choices):
        return 'Write a list of texts, such as ["EU", "US"].'
    return "Only one of several has choices." if kind != FieldKind.CHOICE and choices else ""
