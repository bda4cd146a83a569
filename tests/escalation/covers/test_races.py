"""Two answer a request for cover at once."""

import os
from datetime import timedelta

import pytest
from django.utils import timezone

from escalation.actions import cover_answers, cover_requests, overrides
from escalation.actions.cover_requests import NotOpen
from escalation.models import CoverRequest, Override
from tests.factories import make_cover_request
from tests.threads import race

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
RACES = 1000 if os.environ.get("FUZZ") == "long" else 8


def asked_for(schedule, ana):
    Override.objects.exclude(cover=None).delete()
    CoverRequest.objects.all().delete()
    return make_cover_request(schedule, ana)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_take_it_at_once_one_wins_and_the_other_is_told(rota):
    schedule, ana, bo, cy = rota
    for _ in range(RACES):
        request = asked_for(schedule, ana)

        found = race(
            lambda: cover_answers.accept(request.pk, bo),  # noqa: B023
            lambda: cover_answers.accept(request.pk, cy),  # noqa: B023
        )

        won = [one for one in found if isinstance(one, CoverRequest)]
        lost = [one for one in found if isinstance(one, NotOpen)]
        assert (len(won), len(lost)) == (1, 1), found
        assert str(lost[0]) == f"{won[0].taken_by} has taken it."
        assert request.overrides.count() == 1


@pytest.mark.django_db(transaction=True)
def test_withdrawn_or_taken_never_both(rota):
    schedule, ana, bo, _ = rota
    for _ in range(RACES):
        request = asked_for(schedule, ana)

        race(
            lambda: cover_answers.accept(request.pk, bo),  # noqa: B023
            lambda: cover_requests.withdraw(request.pk, by=ana),  # noqa: B023
        )

        request.refresh_from_db()
        assert request.overrides.exists() == (request.status == "taken")


@pytest.mark.django_db(transaction=True)
def test_of_two_who_take_over_at_once_one_wins(rota):
    schedule, ana, bo, cy = rota
    until = timezone.now() + HOUR
    for _ in range(RACES):
        Override.objects.filter(origin="take").delete()

        found = race(
            lambda: overrides.take(schedule, bo, until, instead_of=ana),
            lambda: overrides.take(schedule, cy, until, instead_of=ana),
        )

        assert sorted(type(one).__name__ for one in found) == ["NotOnCall", "Override"]
