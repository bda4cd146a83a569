"""How well what was typed fits a name: the order of every list that one picks from."""

import re
from collections.abc import Sequence
from typing import Any

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

EXACT, PREFIX, WORD, INSIDE = range(4)


def rank(term: str, *texts: str) -> int | None:
    """The best fit in any of the texts: 0 exact, 1 its beginning, 2 the beginning of one of its
    words, 3 inside of a word; None where it fits nowhere. Upper and lower case are the same."""
    found = [fit for text in texts if (fit := _fit(term.casefold(), text.casefold())) is not None]
    return min(found, default=None)


def _fit(term: str, text: str) -> int | None:
    if term not in text:
        return None
    if term == text:
        return EXACT
    if text.startswith(term):
        return PREFIX
    return WORD if re.search(rf"(?<!\w){re.escape(term)}", text) else INSIDE


def order_by_rank(rows: QuerySet[Any], term: str, fields: Sequence[str]) -> QuerySet[Any]:
    """The rows, those first that the term fits best in any of the fields; then by the first one."""
    term = term.strip().replace("\x00", "")
    if not term or not fields:
        return rows
    word = rf"(^|[^[:alnum:]_]){re.escape(term)}"
    fits = [("iexact", term), ("istartswith", term), ("iregex", word)]
    whens = [
        When(_any(fields, lookup, value), then=Value(place))
        for place, (lookup, value) in enumerate(fits)
    ]
    best = Case(*whens, default=Value(INSIDE), output_field=IntegerField())
    ranked: QuerySet[Any] = rows.annotate(search_rank=best)
    return ranked.order_by("search_rank", fields[0], "pk")


def _any(fields: Sequence[str], lookup: str, value: str) -> Q:
    found = Q()
    for field in fields:
        found |= Q(**{f"{field}__{lookup}": value})
    return found
