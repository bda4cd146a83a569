"""`who` and `shifts` of random schedules, compared with a walk from minute to minute."""

import itertools
import os
import random

from escalation.schedules.resolver import shifts, who
from tests.escalation.schedules.oracle import people_at
from tests.escalation.schedules.random_facts import schedule

COUNT = 10_000 if os.environ.get("FUZZ") == "long" else 300


def test_random_schedules_have_whom_the_walk_finds():
    for seed in range(COUNT):
        chance = random.Random(seed)
        facts, moment, span = schedule(chance)
        timeline = shifts(facts, *span)
        assert timeline[0].start == span[0]
        assert timeline[-1].end == span[1]
        assert all(one.end == two.start for one, two in itertools.pairwise(timeline))
        for _ in range(6):
            hours = 2 if chance.random() < 0.8 else 40
            at = moment + chance.randint(-hours * 60, hours * 60) * 60
            expected = people_at(facts, at, span)
            piece = next(one for one in timeline if one.start <= at < one.end)
            assert _people(piece.places) == expected, (seed, at)
            assert _people(who(facts, at)) == expected, (seed, at)


def _people(places):
    return [(place.user, place.role) for place in places]
