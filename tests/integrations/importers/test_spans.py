"""Spans of time are joined alike however many there are."""

import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from integrations.importers.spans import union_of

START = datetime(2026, 3, 2, tzinfo=UTC)


def by_looking_at_all(spans):
    """What the union is, the slow way."""
    edges = sorted({edge for start, end, _ in spans for edge in (start, end)})
    found = []
    for start, end in pairwise(edges):
        over = [people for since, until, people in spans if since <= start and end <= until]
        if over:
            named = dict.fromkeys(person for people in over for person in people)
            found.append((start, end, tuple(named)))
    return found


@pytest.mark.parametrize("seed", range(30))
def test_each_part_names_everybody_of_it_in_order(seed):
    rng = random.Random(seed)
    spans = []
    for _ in range(rng.randrange(0, 40)):
        start = START + timedelta(hours=rng.randrange(60))
        people = rng.sample(["ana", "bo", "cy", "di"], rng.randrange(0, 3))
        spans.append((start, start + timedelta(hours=rng.randrange(1, 20)), people))

    assert union_of(spans) == by_looking_at_all(spans)
