"""Managers are told of defects of the coverage."""

from datetime import timedelta

import pytest
from django.utils import timezone

from escalation.actions import coverage, coverage_notices
from incidents.models import Membership
from tests.api import make_person
from tests.escalation.coverage.policies import leave_empty, notices, policy_of
from tests.factories import make_override, make_team, make_user

pytestmark = pytest.mark.django_db
LATER = timedelta(minutes=20)


def test_managers_are_told_once_and_only_of_what_lasts(rota):
    manager = make_user("Mia")
    team = make_team(manager)
    Membership.objects.update(is_manager=True)
    policy_of(rota, team=team)
    leave_empty(rota, make_user())
    now = timezone.now()
    coverage.review(now)

    assert coverage_notices.tell_managers(now) == 0
    assert coverage_notices.tell_managers(now + LATER) == 1
    assert coverage_notices.tell_managers(now + 2 * LATER) == 0
    coverage.review(now + 2 * LATER)
    assert coverage_notices.tell_managers(now + 3 * LATER) == 0

    (row,) = notices()
    assert row.user == manager
    assert "pages nobody by any step" in row.facts["notice"]["title"]


def test_more_of_what_is_red_is_told_again(rota):
    make_person("Owner")
    policy_of(rota)
    leave_empty(rota, make_user())
    now = timezone.now()
    coverage.review(now)
    coverage_notices.tell_managers(now + LATER)
    later = make_override(rota, make_user(), hours=(72, 74))
    later.kind, later.people = "nobody", []
    later.save()

    coverage.review(now + LATER)

    assert coverage_notices.tell_managers(now + LATER) == 1
    assert notices().count() == 2


def test_without_managers_the_owners_are_told(rota):
    owner = make_person("Owner")
    policy_of(rota)
    leave_empty(rota, make_user())
    now = timezone.now()
    coverage.review(now)

    coverage_notices.tell_managers(now + LATER)

    assert {row.user for row in notices()} == {owner}
