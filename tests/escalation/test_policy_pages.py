"""Policies with their conditions, clones and stock policies, in the browser and by the API."""

from threading import Thread

import pytest
from django.contrib.admin import site

from escalation.models import Policy
from escalation.policies.plan_builder import plan_of_policy
from escalation.policies.stock_policies import STOCK
from tests.api import make_person, owner
from tests.escalation.policies import condition, policy_of
from tests.escalation.test_admin_policies import policy_form, step
from tests.escalation.workflows import make_workflow
from tests.factories import make_policy, make_round_robin, make_schedule, make_user
from tests.pages import browser

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin():
    return make_person("App Admin", name="Ada")


def test_an_incident_is_opened_from_the_page_of_its_policy(admin):
    policy = make_policy(make_user("Ana"))
    client = browser(admin)

    page = client.get(f"/admin/escalation/policy/{policy.pk}/change/").content.decode()
    assert f"/incidents/new/?policy={policy.pk}" in page
    form = client.get(f"/incidents/new/?policy={policy.pk}").content.decode()
    assert f'<option value="{policy.pk}" selected>' in form


def test_two_who_read_a_policy_at_once_see_what_each_may(admin, rf):
    policy, workflow = make_policy(make_user("Ana")), make_workflow("status")
    page = site.get_model_admin(Policy)
    mine, other = rf.get("/"), rf.get("/")
    mine.user, other.user = make_user("Bo"), admin

    page.get_readonly_fields(mine, policy)
    beside = Thread(target=page.get_readonly_fields, args=(other, policy))
    beside.start()
    beside.join()

    assert str(workflow) not in page.automations(policy)
    page.get_readonly_fields(other, again := Policy.objects.get())
    assert str(workflow) in page.automations(again)


def test_a_clone_has_all_steps_and_another_name(admin):
    ring = make_round_robin(make_user("Ana"))
    policy = policy_of(ring, make_user("Bo"), repeats=2)
    policy.steps.update(when=condition("alerts", "at_least", "2"), member_wait_seconds=60)
    client = browser(admin)

    client.post(f"/policies/{policy.pk}/clone/")
    client.post(f"/policies/{policy.pk}/clone/")

    first, second = Policy.objects.exclude(pk=policy.pk).order_by("pk")
    assert [first.name, second.name] == [f"{policy} (copy)", f"{policy} (copy) 2"]
    assert plan_of_policy(first).steps == plan_of_policy(policy).steps
    assert first.repeats == 2
    assert policy.steps.count() == 2


@pytest.mark.parametrize("stock", STOCK, ids=lambda one: one.key)
def test_each_stock_policy_can_be_copied_and_saved(admin, stock):
    client = browser(admin)

    client.post(f"/policies/stock/{stock.key}/")

    policy = Policy.objects.get(name=stock.name)
    assert len(plan_of_policy(policy).steps) == len(stock.steps)
    path = f"/api/v1/policies/{policy.pk}/"
    found = owner().get(path).json()
    assert owner().put(path, found).json()["steps"] == found["steps"]


def test_a_stock_policy_that_is_none_is_not_found(admin):
    assert browser(admin).post("/policies/stock/nothing/").status_code == 404


def test_conditions_are_chosen_in_the_form(admin):
    ana = make_user("Ana")
    chosen = ["severity:at_least:error", "hours:within:Mon-Fri 8-18 UTC", "wait"]
    sent = policy_form(
        step(0, f"user:{ana.pk}"),
        step(1, f"user:{ana.pk}", wait="5 min", when=chosen, member_wait_seconds="2 min"),
    )

    answer = browser(admin).post("/admin/escalation/policy/add/", sent)

    assert answer.status_code == 302, answer.content
    row = Policy.objects.get().steps.last()
    assert [one["value"] for one in row.when] == ["error", "mon-fri 08:00-18:00 UTC"]
    assert (row.waits_for_hours, row.member_wait_seconds) == (True, 120)
    page = browser(admin).get(answer.headers["Location"]).content.decode()
    url = f"/admin/escalation/policy/{Policy.objects.get().pk}/change/"
    page = browser(admin).get(url).content.decode()
    assert "severity is at least error" in page
    assert "wait until the hours open" in page


def test_what_is_ticked_of_the_response_buttons_is_not_offered(admin):
    sent = policy_form(step(0, f"user:{make_user().pk}"), barred_resolve=["phone", "sms"])

    browser(admin).post("/admin/escalation/policy/add/", sent)

    policy = Policy.objects.get()
    page = browser(admin).get(policy.get_absolute_url()).content.decode()
    assert policy.response_buttons == {"resolve": ["email", "chat", "push"]}
    assert "Resolve: not by" in page
    assert page.count("checked") >= 2


def test_a_condition_that_means_nothing_is_refused_in_the_form(admin):
    sent = policy_form(step(0, f"user:{make_user().pk}", when=["hours:within:always"]))

    answer = browser(admin).post("/admin/escalation/policy/add/", sent)

    assert answer.status_code == 200
    assert "is no time zone" in answer.content.decode()


@pytest.mark.parametrize(
    ("term", "found"),
    [
        ("", "urgency:is:high"),
        ("severity", "severity:at_least:critical"),
        ("12", "age:at_least:12"),
        ("7 min", "age:at_least:7"),
        ("sat 10-12", "hours:within:sat 10:00-12:00 UTC"),
        ("mon 9-17 Europe/Berlin", "hours:outside:mon 09:00-17:00 Europe/Berlin"),
        ("wait", "wait"),
    ],
)
def test_conditions_are_found_as_they_are_typed(admin, term, found):
    answer = browser(admin).get("/admin/escalation/policy/conditions/", {"term": term})

    assert found in [row["id"] for row in answer.json()["results"]]


def test_targets_beside_a_schedule_and_round_robins_are_found(admin):
    schedule, ring = make_schedule(name="Payments"), make_round_robin(make_user())
    client = browser(admin)

    answer = client.get("/admin/escalation/policy/targets/", {"term": "Payments"})
    assert f"schedule_next:{schedule.pk}" in [row["id"] for row in answer.json()["results"]]
    answer = client.get("/admin/escalation/policy/targets/", {"term": str(ring)})
    assert answer.json()["results"] == [
        {"id": f"round_robin:{ring.pk}", "text": f"{ring} (round robin)"}
    ]

    sent = policy_form(step(0, f"schedule_previous:{schedule.pk}", f"round_robin:{ring.pk}"))
    client.post("/admin/escalation/policy/add/", sent)
    [one] = Policy.objects.get().steps.all()
    assert [str(target) for target in one.targets.all()] == ["Payments, previous", str(ring)]


def test_the_api_clones_a_policy():
    policy, client = make_policy(make_user("Ana")), owner()

    answer = client.post(f"/api/v1/policies/{policy.pk}/clone/", {})

    assert answer.status_code == 201, answer.json()
    assert answer.json()["name"] == f"{policy} (copy)"
    assert len(answer.json()["steps"]) == 1


@pytest.mark.parametrize(
    "when",
    [
        [{"field": "urgency", "operator": "is", "value": "medium"}],
        [{"field": "colour", "operator": "is", "value": "red"}],
        [{"field": "hours", "operator": "within", "value": "always"}],
        [{"field": "age", "operator": "at_most", "value": "5"}],
    ],
)
def test_the_api_refuses_conditions_that_cannot_work(when):
    body = {"name": "P", "steps": [{"targets": [{"user": make_user().pk}], "when": when}]}

    assert owner().post("/api/v1/policies/", body).status_code == 400
