"""Sentences that were written in English before their reader was known, in the reader's language.

Why somebody is paged is stored when the step is taken, what a notice says when it is written, and
a refusal when it is raised. Each app names its sentences in a module ``told_sentences``, with
``{names}`` where something is filled in. A sentence that is none of them stays as it is.

In a catalog they have the context ``sentence``. What is filled in is translated in turn where it
is a sentence, or a time such as ``Mon 30 Mar 09:00``, and else left alone.
"""

import re
from collections.abc import Iterable
from functools import cache

from django.utils.translation import get_language, pgettext

CONTEXT = "sentence"
MAX_DEPTH = 4
JOINED = ("names", "others", "schedules")  # fields that several names may stand in
FIELD = re.compile(r"\{(\w+)\}")
BETWEEN = re.compile(r"(?<=[.!?”]) (?=[A-Z#])")
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
DAY = re.compile(rf"\b({'|'.join(WEEKDAYS)}) (\d{{1,2}}) ({'|'.join(MONTHS)})\b")
_KNOWN: dict[str, re.Pattern[str]] = {}


def add_sentences(texts: Iterable[str]) -> None:
    """Make these known. An app does so when it is ready."""
    for text in texts:
        _KNOWN[text] = _pattern(text)
    _in_order.cache_clear()


def known_sentences() -> tuple[str, ...]:
    """All of them, those with the most words of their own first."""
    return tuple(text for text, _ in _in_order())


def translated(text: str) -> str:
    """The text, line by line, in the language that is active."""
    if (get_language() or "en").startswith("en"):
        return text
    return "\n".join(_line(line, 0) for line in text.split("\n"))


def _pattern(text: str) -> re.Pattern[str]:
    parts = FIELD.split(text)
    parts[::2] = [re.escape(part) for part in parts[::2]]
    parts[1::2] = [f"(?P<{name}>.+?)" for name in parts[1::2]]
    return re.compile("".join(parts))


@cache
def _in_order() -> list[tuple[str, re.Pattern[str]]]:
    return sorted(_KNOWN.items(), key=lambda one: -len(FIELD.sub("", one[0])))


def _line(line: str, depth: int) -> str:
    if not line or depth > MAX_DEPTH:
        return line
    parts = BETWEEN.split(line)
    whole = _sentence(line, depth, max_parts=len(parts))
    if whole is not None:
        return whole
    if len(parts) > 1:
        return " ".join(_line(part, depth + 1) for part in parts)
    return _times(line)


def _sentence(line: str, depth: int, *, max_parts: int) -> str | None:
    """The line as one known sentence; None where it is none."""
    for text, pattern in _in_order():
        found = pattern.fullmatch(line)
        if found is None or (max_parts > 1 and _swallows(found)):
            continue
        values = {name: _value(name, one, depth) for name, one in found.groupdict().items()}
        return pgettext(CONTEXT, text).format(**values)
    return None


def _value(name: str, value: str, depth: int) -> str:
    """What is filled in; of several names the word between them is translated, too."""
    said = _line(value, depth + 1)
    return said.replace(" and ", f" {pgettext('names', 'and')} ") if name in JOINED else said


def _swallows(found: re.Match[str]) -> bool:
    """Whether what is filled in holds the end of a sentence, and so belongs to two of them."""
    return any(BETWEEN.search(value) for value in found.groupdict().values())


def _times(text: str) -> str:
    """The text with its days and months, such as ``Mon 30 Mar``, in the language."""
    return DAY.sub(lambda found: day_text(*found.groups()), text)


def day_text(weekday: str, day: str, month: str) -> str:
    """A day from its English abbreviations: ``Mon``, ``30``, ``Mar``."""
    names = {"weekday": pgettext("weekday", weekday), "day": day, "month": pgettext("month", month)}
    return pgettext("day", "{weekday} {day} {month}").format(**names)
