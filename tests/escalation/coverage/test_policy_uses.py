"""Which policies the coverage looks at."""

import pytest
from django.utils import timezone

from escalation.actions import coverage
from escalation.actions.drills import plan_drill
from escalation.models import CoverageDefect
from tests.escalation.coverage.policies import kinds
from tests.escalation.workflows import make_workflow
from tests.factories import make_integration, make_policy, make_service

pytestmark = pytest.mark.django_db


def test_what_no_service_uses_is_not_looked_at():
    make_policy([])

    coverage.review(timezone.now())

    assert kinds() == set()


def test_a_policy_that_is_drilled_or_has_a_workflow_attached_is_not_used_by_that():
    policy = make_policy([])
    plan_drill(policy, timezone.now())
    make_workflow(policies=[policy])

    coverage.review(timezone.now())

    assert kinds() == set()


def test_a_policy_that_a_workflow_runs_is_looked_at():
    policy = make_policy([])
    make_workflow("status", {"kind": "policy", "policy": policy})

    coverage.review(timezone.now())

    assert kinds() == {"nobody"}


def test_a_policy_that_an_override_of_an_integration_names_is_looked_at():
    policy = make_policy([])
    hours = {"days": ["sat"], "start": "18:00", "end": "08:00"}
    routing = {"overrides": [{**hours, "policy": policy.pk}]}
    make_integration(service=make_service(), routing=routing)

    coverage.review(timezone.now())

    assert list(CoverageDefect.objects.values_list("kind", "policy")) == [("nobody", policy.pk)]
