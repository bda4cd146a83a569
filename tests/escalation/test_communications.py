"""The tab of a policy that says who is told of its incidents, when and by what."""

import pytest

from escalation.admin.communications import communications_of
from notifications.models import ServiceNotificationSettings
from tests.escalation.policies import condition
from tests.escalation.workflows import make_workflow
from tests.factories import (
    make_catch_all,
    make_policy,
    make_service,
    make_shared_channel,
    make_user,
)
from tests.pages import browser, make_person, words

pytestmark = pytest.mark.django_db


def told(policy, reader):
    return [(one.who, one.when, one.by) for one in communications_of(policy, reader)]


def make_told_policy():
    """Two steps, a service that tells a channel and its managers, and a workflow."""
    policy = make_policy(make_user("Ana"), make_user("Bo"))
    policy.steps.filter(position=0).update(
        step_channels=[{"channel": "email", "after_minutes": 2}], retries=1
    )
    policy.steps.filter(position=1).update(when=condition("urgency", "is", "high"))
    make_catch_all(make_user("Last"))
    row = ServiceNotificationSettings.objects.create(
        service=make_service(policy, name="Shop"), on_acknowledged=False, sla_tells_managers=True
    )
    row.channels.add(make_shared_channel(name="Operations"))
    make_workflow("unanswered", {"kind": "notify", "to_managers": True}, minutes=5)
    make_workflow("opened", {"kind": "notify", "to_owner": True}, for_all=False)
    return policy


def test_it_lists_pages_channels_managers_and_workflows():
    rows = told(make_told_policy(), make_person("Owner"))

    assert rows[0] == ("Ana", "step 1, at once, 1× again every 5 min", "Email after 2 min")
    assert rows[1] == ("Bo", "step 2, after 5 min, urgency is high", "each person's own rules")
    assert rows[2][0] == "Last"
    assert ("Operations", "Shop: opened, resolved or merged", "a shared channel") in rows
    assert rows[4][:2] == ("Managers of its team", "Shop: near its SLA, past its SLA")
    by_workflow = [when for who, when, _ in rows if who == "Whom a workflow names"]
    assert by_workflow == ["5 minutes after people were paged, and nobody answers"]


def test_a_workflow_of_a_service_that_uses_it_tells_people_too():
    policy = make_policy(make_user("Ana"))
    tell = {"kind": "notify", "to_owner": True}
    make_workflow("opened", tell, for_all=False, services=[make_service(policy)])
    make_workflow("acknowledged", tell, for_all=False, services=[make_service(make_policy())])

    rows = told(policy, make_person("Owner"))

    assert len([who for who, _, _ in rows if who == "Whom a workflow names"]) == 1


def test_who_may_not_see_services_and_workflows_reads_the_steps_alone():
    names = [who for who, _, _ in told(make_told_policy(), make_person("Responder"))]

    assert names[:2] == ["Ana", "Bo"]
    assert not {"Operations", "Managers of its team", "Whom a workflow names"} & set(names)


def test_the_page_of_a_policy_has_the_tab():
    policy = make_told_policy()
    admin = browser(make_person("App Admin"))

    page = admin.get(policy.get_absolute_url())
    new = admin.get("/admin/escalation/policy/add/")

    assert "Communications" in words(page)
    assert "Shop: opened, resolved or merged" in words(page)
    assert "Save it first" in words(new)
