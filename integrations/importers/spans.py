"""Spans of time, each with people."""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise

Span = tuple[datetime, datetime, list[str]]
Part = tuple[datetime, datetime, tuple[str, ...]]


def union_of(spans: Sequence[Span]) -> list[Part]:
    """Cut where one begins or ends: each part names everybody of it, in order, or nobody within a
    span that names nobody. What is in no span is left out."""
    waiting = sorted(enumerate(spans), key=lambda one: one[1][0], reverse=True)
    edges = sorted({edge for start, end, _ in spans for edge in (start, end)})
    over: list[tuple[int, Span]] = []
    found = []
    for start, end in pairwise(edges):
        over = [one for one in over if one[1][1] > start]
        while waiting and waiting[-1][1][0] <= start:
            over.append(waiting.pop())
        if over:
            people = [people for _, (*_, people) in sorted(over, key=lambda one: one[0])]
            named = dict.fromkeys(person for some in people for person in some)
            found.append((start, end, tuple(named)))
    return found
