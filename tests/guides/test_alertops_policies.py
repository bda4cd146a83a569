"""AlertOps' guides for escalation policies, played as an admin clicks: rows 29, 30, 32 and 33."""

import pytest

from escalation.models import Policy
from tests.factories import make_shared_channel
from tests.guides.desk import go
from tests.integrations.pages import browser

pytestmark = pytest.mark.django_db
ROLES = [f"recipient_teams:{role}" for role in ("primary", "secondary", "manager")]


@pytest.fixture
def admin():
    return browser("App Admin")


def test_rows_29_and_30_the_chain_of_roles_with_waits_retries_and_central_contacts(admin):
    channel = make_shared_channel()
    page = go(admin, "/admin/escalation/policy/").follow("Add escalation policy")
    page = page.fill(name="Night", description="Primary, secondary, manager", pause_seconds="15")
    page = page.fill(
        **{
            "steps-0-wait_seconds": "0",
            "steps-0-tells": [ROLES[0], f"shared_channel:{channel.pk}"],
            "steps-0-retries": "2",
            "steps-0-retry_seconds": "1",
            "steps-0-member_wait_seconds": "2",
            "steps-0-step_channels": ["email", "inapp after 2 min"],
        }
    )
    page = page.add("steps", wait_seconds="5", tells=ROLES[1:2])
    page = page.add("steps", wait_seconds="15", tells=ROLES[2:])

    page = page.press("Save and continue editing")

    assert "was added successfully" in page.text
    first, second, third = Policy.objects.get().steps.all()
    assert [step.wait_seconds for step in (first, second, third)] == [0, 300, 900]
    assert (first.retries, first.retry_seconds, first.member_wait_seconds) == (2, 60, 120)
    assert [row["channel"] for row in first.step_channels] == ["email", "inapp"]
    assert [str(one) for one in first.targets.all()][1] == channel.name
    for tab in ("Automations", "SLAs", "Used by"):
        assert tab in page.text


def test_a_stock_policy_is_copied_cloned_and_launched(admin):
    page = go(admin, "/admin/escalation/policy/").follow("Stock policies")

    page = page.press("Copy", "/escalate-30-retries/")
    clone = page.press("Clone")
    launch = clone.follow("Open an incident")

    assert "is yours" in page.text
    assert [policy.steps.count() for policy in Policy.objects.all()] == [3, 3]
    assert launch.path == "/incidents/new/"
    assert "Escalate after 30 minutes with 5 retries" in launch.text
