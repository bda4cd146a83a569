"""Spans: pairs of instants, of which the second is outside. Pure."""

from collections.abc import Iterable, Iterator, Sequence

Span = tuple[int, int]


def joined_spans(spans: Iterable[Span]) -> list[Span]:
    """The same in order; those that touch or overlap are one."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], end)
        else:
            found.append((start, end))
    return found


def overlap(one: Span, other: Span) -> Span | None:
    """What is in both."""
    start, end = max(one[0], other[0]), min(one[1], other[1])
    return (start, end) if start < end else None


def overlaps(first: Sequence[Span], second: Sequence[Span]) -> Iterator[Span]:
    """What is in both; each is in order and without overlaps of its own."""
    one = other = 0
    while one < len(first) and other < len(second):
        if span := overlap(first[one], second[other]):
            yield span
        if first[one][1] <= second[other][1]:
            one += 1
        else:
            other += 1


def without(spans: Sequence[Span], others: Sequence[Span]) -> list[Span]:
    """What of the spans lies in none of the others; both are disjoint and in order."""
    found: list[Span] = []
    for start, end in spans:
        at = start
        for begin, finish in others:
            if finish <= at or begin >= end:
                continue
            if begin > at:
                found.append((at, begin))
            at = max(at, finish)
        if at < end:
            found.append((at, end))
    return found


def length_of(spans: Iterable[Span]) -> int:
    """How many seconds they are together."""
    return sum(end - start for start, end in spans)
