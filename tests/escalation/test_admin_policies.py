"""A policy with its steps on one page."""

import re

import pytest

from escalation.models import Play, Policy
from incidents.models import Team
from tests.api import make_person
from tests.factories import make_policy, make_shared_channel, make_team, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client):
    client.force_login(make_person("App Admin"))
    return client


def step(index, *words, wait="0 s", position="", **fields):
    found = {
        "wait_seconds": wait,
        "tells": list(words),
        "retries": "0",
        "retry_seconds": "5 min",
        "step_channels": "",
        "position": position,
        **fields,
    }
    return {f"steps-{index}-{name}": value for name, value in found.items()}


def policy_form(*steps, initial=0, **changed):
    fields = {
        "name": "Night",
        "repeats": "1",
        "pause_seconds": "10 min",
        "stops_when": "acknowledge",
        "steps-TOTAL_FORMS": len(steps),
        "steps-INITIAL_FORMS": initial,
    }
    for one in steps:
        fields |= one
    return fields | changed


def targets_of(policy):
    return [[str(target) for target in row.targets.all()] for row in policy.steps.all()]


def test_a_policy_is_made_with_steps_and_targets_in_one_go(admin):
    person, team, channel = make_user("Ana"), make_team(), make_shared_channel()
    sent = policy_form(
        step(0, f"team_role:{team.pk}:primary", "recipient_teams:primary"),
        step(1, f"user:{person.pk}", f"shared_channel:{channel.pk}", wait="5 min"),
    )

    answer = admin.post("/admin/escalation/policy/add/", sent)

    policy = Policy.objects.get()
    assert answer.status_code == 302
    assert targets_of(policy) == [
        [f"{team}, primary", "{recipient teams}, primary"],
        ["Ana", channel.name],
    ]
    assert [row.wait_seconds for row in policy.steps.all()] == [0, 300]
    assert policy.pause_seconds == 600


def test_a_step_keeps_its_targets_when_only_its_wait_changes(admin):
    person = make_user()
    policy = make_policy(person)
    row = policy.steps.get()
    target = row.targets.get()
    ids = {"steps-0-id": row.pk, "steps-0-policy": policy.pk}
    sent = policy_form(step(0, f"user:{person.pk}", wait="30 s", position="0") | ids, initial=1)

    admin.post(f"/admin/escalation/policy/{policy.pk}/change/", sent)

    row.refresh_from_db()
    assert row.wait_seconds == 30
    assert row.targets.get() == target


def test_other_targets_replace_those_of_before(admin):
    before, after = make_user("Before"), make_user("After")
    policy = make_policy(before)
    ids = {"steps-0-id": policy.steps.get().pk, "steps-0-policy": policy.pk}
    sent = policy_form(step(0, f"user:{after.pk}", position="0") | ids, initial=1)

    admin.post(f"/admin/escalation/policy/{policy.pk}/change/", sent)

    assert targets_of(policy) == [["After"]]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"wait": "soon"}, "Write it like 30 s"),
        ({"step_channels": "pigeon"}, "is no channel for people"),
    ],
)
def test_what_cannot_be_read_is_explained(admin, fields, said):
    sent = policy_form(step(0, f"user:{make_user().pk}", **fields))

    page = admin.post("/admin/escalation/policy/add/", sent)

    assert page.status_code == 200
    assert said in page.content.decode()
    assert not Policy.objects.exists()


@pytest.mark.parametrize("word", [None, "user:999999", "rubbish", "team_role:x:primary"])
def test_a_step_must_tell_somebody_who_exists(admin, word):
    sent = policy_form(step(0, *filter(None, [word]), wait="1 min"))

    page = admin.post("/admin/escalation/policy/add/", sent)

    assert page.status_code == 200
    assert not Policy.objects.exists()


def test_central_channels_are_written_in_words(admin):
    sent = policy_form(step(0, f"user:{make_user().pk}", step_channels="inapp, email after 5 min"))

    admin.post("/admin/escalation/policy/add/", sent)

    assert Policy.objects.get().steps.get().step_channels == [
        {"channel": "inapp", "after_minutes": 0},
        {"channel": "email", "after_minutes": 5},
    ]


def test_the_search_of_targets_finds_people_teams_and_channels(admin):
    person, channel = make_user("Zora"), make_shared_channel(name="Zulu room")

    found = admin.get("/admin/escalation/policy/targets/", {"term": "z"}).json()["results"]

    assert {row["id"] for row in found} >= {f"user:{person.pk}", f"shared_channel:{channel.pk}"}


def test_the_search_is_for_who_may_change_policies(client):
    client.force_login(make_person("Responder"))

    assert client.get("/admin/escalation/policy/targets/").status_code == 403


def test_more_steps_need_no_more_queries(admin, django_assert_max_num_queries):
    def queries(policy):
        with django_assert_max_num_queries(80) as captured:
            admin.get(f"/admin/escalation/policy/{policy.pk}/change/")
        return len(captured)

    few = queries(make_policy(make_user(), make_user()))

    assert queries(make_policy(*[make_user() for _ in range(12)])) == few


def test_a_tier_of_a_play_must_tell_somebody(admin):
    person = make_user()
    sent = {
        "name": "All hands",
        "tiers-TOTAL_FORMS": 1,
        "tiers-INITIAL_FORMS": 0,
        "tiers-0-wait_seconds": "1 min",
        "tiers-0-position": "",
    }

    refused = admin.post("/admin/escalation/play/add/", sent)
    accepted = admin.post("/admin/escalation/play/add/", sent | {"tiers-0-users": [person.pk]})

    assert "this tier pages nobody" in refused.content.decode()
    assert accepted.status_code == 302
    assert Play.objects.get().tiers.get().wait_seconds == 60


def found(admin, term):
    rows = admin.get("/admin/escalation/policy/targets/", {"term": term}).json()["results"]
    return [row["text"] for row in rows]


def test_people_come_first_and_prefixes_before_what_holds_the_term(admin):
    for name in ("Diana", "Ana", "Anabel", "Li Ana"):
        make_user(name)
    make_team()
    Team.objects.create(name="Analytics")

    texts = found(admin, "ana")

    names = [text.partition(" (")[0] for text in texts]
    assert names[:3] == ["Ana", "Anabel", "Analytics: Primary"]
    assert names.index("Li Ana") < names.index("Diana") < names.index("{recipient teams}: Manager")


def test_the_best_fit_is_never_cut_off_by_many_others(admin):
    for number in range(60):
        make_user(f"Aaa Bo{number:02}")
    make_user("Bo")

    assert found(admin, "bo")[0].startswith("Bo (")


def test_a_role_of_any_team_is_found_by_its_word(admin):
    Team.objects.create(name="Platform")

    assert "Platform: Manager" in found(admin, "manag")
    assert found(admin, "platform")[0] == "Platform: Primary"


@pytest.mark.parametrize("term", ["", "(", "a\\", "%", "[", "\x00", "é", "' or 1=1"])
def test_any_term_can_be_searched_for(admin, term):
    assert admin.get("/admin/escalation/policy/targets/", {"term": term}).status_code == 200


def autocomplete(admin, app, model, field, term):
    sent = {"app_label": app, "model_name": model, "field_name": field, "term": term}
    return [row["text"] for row in admin.get("/admin/autocomplete/", sent).json()["results"]]


def test_the_pick_lists_of_all_pages_rank_alike(admin):
    for name in ("Banana", "Ana", "Team Ana", "Anatomy"):
        Team.objects.create(name=name)
        make_user(name)

    teams = autocomplete(admin, "escalation", "policy", "team", "ana")
    people = autocomplete(admin, "incidents", "membership", "user", "ana")

    assert teams == ["Ana", "Anatomy", "Team Ana", "Banana"]
    assert [text.split()[0].partition("<")[0] for text in people][:2] == ["Ana", "Anatomy"]


def test_a_new_policy_has_a_first_step_at_once_and_each_further_one_waits(admin):
    page = admin.get("/admin/escalation/policy/add/").content.decode()

    inputs = re.findall(r"<input[^>]*-wait_seconds[^>]*>", page)
    waits = [
        (re.search(r"steps-(\w+)-wait", one)[1], re.search(r'value="([^"]*)"', one)[1])
        for one in inputs
    ]
    assert dict(waits) == {"0": "0 s", "__prefix__": "5 min"}


def test_a_number_alone_is_minutes_and_is_shown_so(admin):
    sent = policy_form(step(0, f"user:{make_user().pk}", wait="5"), pause_seconds="2")

    admin.post("/admin/escalation/policy/add/", sent)

    policy = Policy.objects.get()
    assert (policy.steps.get().wait_seconds, policy.pause_seconds) == (300, 120)
    page = admin.get(f"/admin/escalation/policy/{policy.pk}/change/").content.decode()
    assert 'value="5 min"' in page
    assert 'value="2 min"' in page


def channels_found(admin, term):
    rows = admin.get("/admin/escalation/policy/channels/", {"term": term}).json()["results"]
    return [(row["id"], row["text"]) for row in rows]


def test_notify_using_is_picked_from_a_list(admin):
    everything = channels_found(admin, "")

    assert everything[0] == ("email", "Email")
    assert ("email after 5 min", "Email after 5 min") in everything
    assert channels_found(admin, "email")[0] == ("email", "Email")
    assert channels_found(admin, "email after 7")[0][0] == "email after 7 min"
    assert not any("webhook" in word for word, _ in everything)


def test_picked_channels_are_saved_and_shown_again(admin):
    words = ["email", "inapp after 5 min", "email after 7 min"]
    sent = policy_form(step(0, f"user:{make_user().pk}", step_channels=words))

    admin.post("/admin/escalation/policy/add/", sent)

    row = Policy.objects.get().steps.get()
    assert [(one["channel"], one["after_minutes"]) for one in row.step_channels] == [
        ("email", 0),
        ("inapp", 5),
        ("email", 7),
    ]
    page = admin.get(f"/admin/escalation/policy/{row.policy_id}/change/").content.decode()
    assert '<option value="email after 7 min" selected>Email after 7 min</option>' in page


def test_who_changes_no_policies_is_offered_no_channels(client):
    client.force_login(make_person("Stakeholder"))

    assert client.get("/admin/escalation/policy/channels/").status_code in (302, 403)
