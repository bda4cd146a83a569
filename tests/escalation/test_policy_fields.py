"""Priority, Enabled and Quick Launch of a policy: what each does, and where."""

import pytest
from django.utils import timezone

from escalation.actions import coverage, start
from escalation.actions.promote import promote
from escalation.models import CoverageDefect, IncidentTemplate
from escalation.policies.ladder import ladder_of
from escalation.policies.plan_builder import plan_of_policy
from escalation.policies.rungs import Case
from incidents.actions.edit import edit
from incidents.errors import InvalidRequest
from incidents.models import Topic
from notifications.models import Notification
from tests.api import owner
from tests.escalation.policies import condition, pass_time
from tests.escalation.workflows import make_workflow, ran, run_due
from tests.factories import (
    add_step,
    make_catch_all,
    make_integration,
    make_policy,
    make_service,
    make_user,
)
from tests.pages import browser, make_person, words

pytestmark = pytest.mark.django_db
P1_SOON = {"severities": [], "priorities": ["P1"], "acknowledge": 5, "resolve": None}
NEW = "/incidents/new/"


def told(incident):
    rows = Notification.objects.filter(incident=incident, channel="email")
    return set(rows.values_list("user__name", flat=True))


def policy_of(name, **fields):
    return make_policy(make_user(name), name=name, **fields)


def test_an_incident_without_a_priority_has_that_of_its_policy_for_its_targets_and_steps():
    policy = make_policy(priority="P1", sla_targets=[P1_SOON])
    add_step(policy, make_user("Ana"), when=condition("priority", "at_most", "P2"))

    incident = start.open_incident(make_service(policy), "Down")

    incident.refresh_from_db()
    assert (incident.priority, incident.acknowledge_target_minutes) == ("P1", 5)
    assert told(incident) == {"Ana"}


def test_the_ladder_foretells_the_step_that_the_priority_of_the_policy_lets_pass():
    policy = make_policy(priority="P1")
    add_step(policy, make_user("Ana"), when=condition("priority", "at_most", "P2"))

    found = ladder_of(plan_of_policy(policy), Case(timezone.now()))

    assert [one.name for one in found.rungs[0].told] == ["Ana"]


def test_a_priority_that_was_named_or_comes_of_a_topic_stands_over_that_of_the_policy():
    service = make_service(policy_of("Ana", priority="P1"))
    topic = Topic.objects.create(name="Payments", priority="P3")

    named = start.open_incident(service, "Down", priority="P4")
    published = start.open_incident(
        service, "Down", recipients=start.Recipients(topics=[topic]), by=make_user()
    )

    assert (named.priority, published.priority) == ("P4", "P3")


def test_a_priority_that_a_person_has_taken_away_does_not_come_back_with_a_new_round():
    incident = start.open_incident(make_service(policy_of("Ana", priority="P1")), "Down")
    edit(incident.pk, priority="", by=make_user())

    promote(incident.pk, policy_of("Bo", priority="P2"), by=make_user())

    incident.refresh_from_db()
    assert incident.priority == ""


@pytest.mark.parametrize("by_hand", [True, False], ids=["service", "named by hand"])
def test_in_place_of_a_policy_that_is_off_the_catch_all_or_that_of_the_service_pages(by_hand):
    make_catch_all(make_user("Last"))
    off = policy_of("Off", is_enabled=False)
    service = make_service(off if by_hand else policy_of("Day"))

    incident = start.open_incident(service, "Down", policy=None if by_hand else off)

    assert told(incident) == ({"Last"} if by_hand else {"Day"})


def test_what_has_begun_goes_on_when_its_policy_is_switched_off():
    policy = make_policy(make_user("Ana"), make_user("Bo"))
    incident = start.open_incident(make_service(policy), "Down")
    policy.is_enabled = False
    policy.save()

    pass_time(incident)

    assert told(incident) == {"Ana", "Bo"}


def test_a_person_promotes_to_no_policy_that_is_off():
    incident = start.open_incident(make_service(policy_of("Ana")), "Down")

    with pytest.raises(InvalidRequest, match="Off is not enabled"):
        promote(incident.pk, policy_of("Off", is_enabled=False), by=make_user())

    assert incident.runs.count() == 1


def test_a_workflow_that_runs_a_policy_that_is_off_says_so_and_leaves_the_run_as_it_is():
    off = policy_of("Off", is_enabled=False)
    make_workflow("opened", {"kind": "policy", "policy": off})
    incident = start.open_incident(make_service(policy_of("Ana")), "Down")

    run_due(timezone.now())

    assert "Off is not enabled" in ran(incident)[0]
    assert [str(run.policy) for run in incident.runs.all()] == ["Ana"]


def test_the_coverage_says_that_a_policy_is_off_and_what_comes_of_it():
    default = make_policy([], name="Night", is_enabled=False)
    make_service(default)
    own = make_policy([], name="Probe", is_enabled=False)
    make_integration(service=make_service(policy_of("Ana")), policy=own)
    make_policy([], name="Spare", is_enabled=False)

    coverage.review(timezone.now())

    found = CoverageDefect.objects.filter(kind="policy_disabled")
    assert sorted(found.values_list("policy__name", "level")) == [
        ("Night", "red"),
        ("Probe", "amber"),
    ]
    assert not CoverageDefect.objects.filter(policy__is_enabled=False, kind="nobody").exists()
    page = words(browser(make_person("Owner")).get("/coverage/"))
    assert "Night is switched off, and still chosen: the next 30 days." in page
    assert "Of its services the catch-all alone is told." in page
    assert "The policy of the service pages in its place, and without one the catch-all." in page


def test_the_pages_of_a_service_say_that_its_policy_is_off():
    service = make_service(policy_of("Off", is_enabled=False))
    client = browser(make_person("Owner"))

    assert "Policy switched off" in words(client.get("/services/"))
    assert "The policy is switched off:" in words(client.get(service.get_absolute_url()))


def test_a_person_who_opens_an_incident_is_offered_the_policies_with_quick_launch():
    shown, hidden, off = (
        policy_of("Shown"),
        policy_of("Hidden", quick_launch=False),
        policy_of("Off", is_enabled=False),
    )
    client = browser(make_person("Owner"))
    sent = {"service": make_service().pk, "title": "Down", "severity": "error"}

    offered = client.get(NEW).context["form"].fields["policy"].queryset
    linked = client.get(f"{NEW}?policy={hidden.pk}").context["form"].fields["policy"].queryset
    refused = client.post(NEW, {**sent, "policy": hidden.pk, "do": "open"})

    assert set(offered) == {shown}
    assert set(linked) == {shown, hidden}
    assert refused.context["form"].errors.keys() == {"policy"}
    assert off not in linked


def test_a_template_may_name_a_policy_that_is_not_offered_otherwise():
    hidden = policy_of("Hidden", quick_launch=False)
    service = make_service()
    row = IncidentTemplate.objects.create(name="Outage", service=service, policy=hidden, title="x")
    sent = {"service": service.pk, "title": "x", "severity": "error", "policy": hidden.pk}

    answer = browser(make_person("Owner")).post(f"{NEW}?template={row.pk}", {**sent, "do": "open"})

    assert answer.status_code == 302, answer.context["form"].errors
    assert hidden.runs.exists()


def test_the_api_writes_and_filters_them():
    client = owner()
    body = {"name": "Night", "priority": "P2", "is_enabled": False, "quick_launch": False}

    made = client.post("/api/v1/policies/", {**body, "steps": []}).json()
    default = client.post("/api/v1/policies/", {"name": "Day", "steps": []}).json()

    fields = ("priority", "is_enabled", "quick_launch")
    assert [made[name] for name in fields] == ["P2", False, False]
    assert [default[name] for name in fields] == ["", True, True]
    for query in ("is_enabled=false", "quick_launch=false", "priority=P2"):
        rows = client.get(f"/api/v1/policies/?{query}").json()["results"]
        assert [row["name"] for row in rows] == ["Night"], query
