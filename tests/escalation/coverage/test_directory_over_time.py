"""Whom steps would tell over a span of time."""

from datetime import timedelta

import pytest
from django.utils import timezone

from escalation.actions import coverage
from escalation.choices import TargetKind
from escalation.coverage.directory_over_time import DirectoryOverTime
from escalation.models import Target
from escalation.on_call.schedule_facts import time_of
from escalation.policies.directory import Directory
from escalation.policies.plan_builder import plan_of_policy
from tests.escalation.coverage.policies import kinds, policy_of
from tests.escalation.policies import condition
from tests.escalation.policies import policy_of as of_round_robin
from tests.factories import (
    add_step,
    make_absence,
    make_override,
    make_round_robin,
    make_schedule,
    make_service,
    make_team,
    make_user,
)

pytestmark = pytest.mark.django_db


def test_at_each_moment_a_step_would_tell_the_same_people(rota):
    ana, bo, di = make_user("Ana"), make_user("Bo"), make_user("Di")
    other = make_schedule(ana, bo, team=make_team(di), role="primary")
    make_override(rota, di, hours=(30, 60))
    make_absence(ana, di, hours=(0, 24 * 10))
    policy = policy_of(rota)
    step = add_step(policy, ana)
    target = Target(step=step, kind=TargetKind.TEAM_ROLE, team=other.team, role="primary")
    target.save()
    plan, now = plan_of_policy(policy), timezone.now()

    moments = list(DirectoryOverTime([plan], now, now + timedelta(days=30)).moments(plan, set()))

    assert len(moments) > 5
    for moment in moments:
        for instant in (moment.start, moment.end - 1):
            then = Directory([plan], time_of(instant))
            for position, step in enumerate(moment.steps):
                told = then.step_people(plan, position, is_first=False)
                assert list(step.people) == list(told)


@pytest.mark.parametrize("how", ["within", "outside"])
def test_support_hours_of_a_service_are_taken_to_hold_for_a_policy_that_many_may_use(rota, how):
    policy = policy_of(rota)
    policy.steps.update(when=condition("hours", how, "service"))

    coverage.review(timezone.now())

    assert kinds() == set()


def test_a_round_robin_that_asks_the_next_one_after_minutes_asks_nobody_twice():
    ring = make_round_robin(make_user("Ana"), make_user("Bo"), ask_next_after_minutes=5)
    make_service(of_round_robin(ring))

    coverage.review(timezone.now())

    assert kinds() == set()


def test_whose_turn_it_will_be_is_not_known_and_no_step_is_said_to_ask_the_same():
    ana, bo = make_user("Ana"), make_user("Bo")
    make_service(of_round_robin(make_round_robin(ana, bo), ana))

    coverage.review(timezone.now())

    assert kinds() == set()


def test_a_round_robin_of_one_who_can_be_asked_is_that_person():
    ana, gone = make_user("Ana"), make_user("Gone", is_active=False)
    make_service(of_round_robin(make_round_robin(ana, gone), ana, make_user("Bo")))

    coverage.review(timezone.now())

    assert kinds() == {"same_person"}
