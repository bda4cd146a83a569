"""Steps and tiers refuse a Stakeholder with a sentence, however they are saved."""

import pytest

from escalation.actions.policies import choose_targets
from escalation.admin.target_search import search
from escalation.models import Play, Policy
from incidents.errors import InvalidRequest
from tests.api import make_person, owner
from tests.escalation.test_admin_policies import policy_form, step
from tests.factories import make_policy, make_user
from tests.pages import words

pytestmark = pytest.mark.django_db
SENTENCE = "Sam is a Stakeholder: informed, never paged."


@pytest.fixture
def sam():
    return make_person("Stakeholder", name="Sam")


@pytest.fixture
def admin(client):
    client.force_login(make_person("App Admin"))
    return client


def test_the_form_of_a_policy_refuses_one(admin, sam):
    sent = policy_form(step(0, f"user:{sam.pk}", f"user:{make_user().pk}"))

    answer = admin.post("/admin/escalation/policy/add/", sent)

    assert SENTENCE in words(answer)
    assert not Policy.objects.exists()


def test_the_form_of_a_play_refuses_one(admin, sam):
    sent = {
        "name": "All hands",
        "tiers-TOTAL_FORMS": 1,
        "tiers-INITIAL_FORMS": 0,
        "tiers-0-wait_seconds": "0 s",
        "tiers-0-users": [sam.pk],
        "tiers-0-position": "",
    }

    answer = admin.post("/admin/escalation/play/add/", sent)

    assert SENTENCE in words(answer)
    assert not Play.objects.exists()


@pytest.mark.parametrize(
    ("path", "rows"), [("policies", "steps"), ("plays", "tiers")], ids=["policy", "play"]
)
def test_the_api_refuses_one_and_writes_nothing(sam, path, rows):
    named = {"steps": {"targets": [{"user": sam.email}]}, "tiers": {"users": [sam.email]}}

    answer = owner().post(f"/api/v1/{path}/", {"name": "Night", rows: [named[rows]]})

    assert answer.status_code == 400
    assert SENTENCE in answer.json()["fields"][rows][0]
    assert not Policy.objects.exists()
    assert not Play.objects.exists()


def test_a_change_refuses_one_and_keeps_the_old_steps(sam):
    bo = make_user("Bo")
    policy = make_policy(bo)

    answer = owner().patch(
        f"/api/v1/policies/{policy.pk}/", {"steps": [{"targets": [{"user": sam.pk}]}]}
    )

    assert answer.status_code == 400
    assert policy.steps.get().targets.get().user == bo


def test_the_action_refuses_one(sam):
    policy = make_policy(make_user())

    with pytest.raises(InvalidRequest, match=SENTENCE):
        choose_targets(policy.steps.get().pk, [f"user:{sam.pk}"])


def test_the_search_does_not_offer_one(sam):
    assert search("Sam", make_person("Owner")) == []


def test_whoever_also_responds_is_taken(admin, sam):
    sam.groups.add(make_person("Responder").groups.get())

    admin.post("/admin/escalation/policy/add/", policy_form(step(0, f"user:{sam.pk}")))

    assert Policy.objects.get().steps.get().targets.get().user == sam
