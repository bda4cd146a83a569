"""Conditions that only look for words within a text, where several of them find theirs."""

from collections.abc import Iterator
from typing import Any

from integrations.mapping.conditions import Condition, Row, texts_of
from integrations.mapping.paths import Scope


def opening_wins(opening: Condition, other: Condition, scope: Scope, status: Any) -> bool:
    """Whether a message that fits both opens: “1 Successful, 1 Failed” has a failure.

    That is so where both fit by contained words alone. A word that stands only within a longer
    word of the other does not count: “down” in “no longer down”.
    """
    if not opening.fits(scope, status):
        return False
    pair = (opening, other)
    if not all(_fits_by_words(condition, scope, status) for condition in pair):
        return False
    (found, words), (_, others) = (_words(condition, scope, status) for condition in pair)
    return any(_stands_alone(word, text, others) for text in found for word in words)


def _stands_alone(word: str, text: str, others: set[str]) -> bool:
    for longer in others:
        if word in longer and word != longer:
            text = text.replace(longer, "\0")
    return word in text


def _fits_by_words(condition: Condition, scope: Scope, status: Any) -> bool:
    """Whether a condition that fits would not, if it were not for a contained word."""
    if isinstance(condition, Row):
        return condition.operator == "contains" and not condition.is_negated
    if any(_fits_by_words(part, scope, status) for part in condition.all):
        return True
    fitting = [part for part in condition.any if part.fits(scope, status)]
    return bool(fitting) and all(_fits_by_words(part, scope, status) for part in fitting)


def _words(condition: Condition, scope: Scope, status: Any) -> tuple[list[str], set[str]]:
    """The texts in which it looks, and the words that it looks for, in lower case."""
    rows = list(_rows(condition))
    texts = [text for row in rows for text in texts_of(row.hits(scope, status))]
    words = {word.casefold() for row in rows for word in row.wanted}
    return [text.casefold() for text in texts], words


def _rows(condition: Condition) -> Iterator[Row]:
    if isinstance(condition, Row):
        if condition.operator == "contains" and not condition.is_negated:
            yield condition
        return
    for part in (*condition.all, *condition.any):
        yield from _rows(part)
