"""Incidents that open at the same instant ask different people, and wait for each other never."""

import pytest

from escalation.actions.start import open_incident
from tests.escalation.policies import policy_of, told
from tests.factories import make_round_robin, make_service, make_user
from tests.threads import race

pytestmark = pytest.mark.django_db(transaction=True)


def test_each_of_two_incidents_at_once_takes_a_turn_of_its_own():
    ring = make_round_robin(make_user("Ana"), make_user("Bo"))
    service = make_service(policy_of(ring))

    for _ in range(6):
        found = race(lambda: open_incident(service, "Down"), lambda: open_incident(service, "Slow"))
        assert sorted(told(incident)[0] for incident in found) == ["Ana", "Bo"]


def test_runs_through_two_round_robins_in_opposite_order_do_not_block_each_other():
    rings = [make_round_robin(make_user(), make_user()) for _ in range(2)]
    services = []
    for first, second in (rings, rings[::-1]):
        policy = policy_of(first)
        policy.steps.first().targets.create(kind="round_robin", round_robin=second)
        services.append(make_service(policy))

    for _ in range(6):
        found = race(*(lambda one=one: open_incident(one, "Down") for one in services))
        assert [len(told(incident)) for incident in found] == [2, 2]
