"""The rules of a gateway that is configured in words: placeholders, and what an answer means. Pure.

A rule is a regular expression that is looked for in the text, or ``$.path = value`` of a JSON
answer: names and positions with dots between them. As a place it is the first group of the
expression, or ``$.path``.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, quote_plus
from xml.sax.saxutils import escape

import re2
from django import forms

PLACEHOLDER = re.compile(r"\{\{(\w*)\}\}")
NAMES = ("to", "to_plain", "text", "from", "id", "callback", "secret")
# How a value is written into a body of each kind.
ENCODINGS: dict[str, Callable[[str], str]] = {
    "application/x-www-form-urlencoded": quote_plus,
    "application/json": lambda value: json.dumps(value)[1:-1],
    "application/xml": lambda value: escape(value, {'"': "&quot;", "'": "&apos;"}),
    "text/plain": str,
}


def fill(template: str, values: Mapping[str, str], encode: Callable[[str], str]) -> str:
    """The template with each ``{{name}}`` replaced by its encoded value."""
    return PLACEHOLDER.sub(lambda found: encode(values.get(found[1], "")), template)


def in_url(value: str) -> str:
    return quote(value, safe="")


def in_header(value: str) -> str:
    return " ".join(value.split())


def headers_of(text: str, values: Mapping[str, str]) -> dict[str, str]:
    """The headers of lines ``Name: value``."""
    pairs = (line.partition(":") for line in text.splitlines() if ":" in line)
    return {name.strip(): fill(value.strip(), values, in_header) for name, _, value in pairs}


def holds(rule: str, text: str) -> bool:
    """Whether an answer is what a rule says; never where there is no rule."""
    if not rule.startswith("$."):
        return bool(rule) and re2.search(rule, text) is not None
    path, _, wanted = rule.partition("=")
    return value_at(path.strip(), text) == wanted.strip()


def place(rule: str, text: str) -> str:
    """What is found at a place; '' where nothing is."""
    if rule.startswith("$."):
        return value_at(rule.strip(), text)
    found = re2.search(rule, text) if rule else None
    return str(found[1] if found.groups() else found[0]) if found else ""


def value_at(path: str, text: str) -> str:
    """The text of a scalar of a JSON document; '' where there is none."""
    try:
        value: Any = json.loads(text)
    except ValueError:
        return ""
    for name in path.removeprefix("$.").split("."):
        if isinstance(value, list):
            value = value[int(name)] if name.isdecimal() and int(name) < len(value) else None
        else:
            value = value.get(name) if isinstance(value, dict) else None
    if value is None or isinstance(value, dict | list):
        return ""
    return value if isinstance(value, str) else json.dumps(value)


def check_template(text: str) -> None:
    """Raise ValidationError for a placeholder that is unknown."""
    unknown = [name for name in PLACEHOLDER.findall(text) if name not in NAMES]
    if unknown:
        known = " ".join(f"{{{{{name}}}}}" for name in NAMES)
        raise forms.ValidationError(f"There is no {{{{{unknown[0]}}}}}. Known are: {known}")


def check_rule(text: str) -> None:
    """Raise ValidationError for what is neither a path nor a regular expression."""
    options = re2.Options()
    options.log_errors = False
    try:
        if not text.startswith("$."):
            re2.compile(text, options)
    except (re2.error, UnicodeEncodeError) as error:
        raise forms.ValidationError("This is no regular expression (RE2).") from error
