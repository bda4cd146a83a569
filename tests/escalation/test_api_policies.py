import pytest

from escalation.models import Policy, Step
from incidents.models import Team
from notifications.actions import settings
from tests.api import make_paging_incident, make_person, owner, script
from tests.factories import make_policy, make_service, make_team

pytestmark = pytest.mark.django_db


def test_a_policy_is_written_as_one_document():
    ann, team = make_person(), Team.objects.create(name="Night shift")
    shared = settings.add_shared_channel("Room", "email", {"address": "a@example.com"})
    body = {
        "name": "Standard",
        "repeats": 2,
        "steps": [
            {"targets": [{"kind": "user", "user": ann.email}]},
            {
                "wait_seconds": 600,
                "retries": 1,
                "retry_seconds": 120,
                "step_channels": [{"channel": "email", "after_minutes": 5}],
                "targets": [
                    {"kind": "team_role", "team": "Night shift", "role": "manager"},
                    {"kind": "recipient_teams", "role": "primary"},
                    {"kind": "shared_channel", "shared_channel": "Room"},
                ],
            },
        ],
    }

    answer = owner().post("/api/v1/policies/", body)

    assert answer.status_code == 201, answer.json()
    first, second = answer.json()["steps"]
    assert (first["wait_seconds"], first["targets"][0]["user"]) == (0, ann.pk)
    assert (second["wait_seconds"], second["retries"]) == (600, 1)
    assert second["step_channels"] == [{"channel": "email", "after_minutes": 5}]
    assert [(t["kind"], t["team"], t["shared_channel"]) for t in second["targets"]] == [
        ("team_role", team.pk, None),
        ("recipient_teams", None, None),
        ("shared_channel", None, shared.pk),
    ]


def test_what_was_read_can_be_written_back_unchanged():
    policy, client = make_policy(make_person(), make_person()), owner()
    path = f"/api/v1/policies/{policy.pk}/"
    before = client.get(path).json()

    answer = client.put(path, before)

    assert answer.status_code == 200, answer.json()
    assert answer.json() == before


@pytest.mark.parametrize(
    ("step", "where"),
    [
        ({"wait_minutes": 5, "targets": []}, ["wait_minutes"]),
        ({"targets": [{"users": ["ann@example.com"]}]}, ["targets", "0", "users"]),
        (
            {"targets": [], "step_channels": [{"channel": "email", "after": 5}]},
            ["step_channels", "0", "after"],
        ),
    ],
)
def test_a_misspelt_field_of_a_step_is_refused_and_the_known_ones_are_named(step, where):
    answer = owner().post("/api/v1/policies/", {"name": "Standard", "steps": [step]})

    assert answer.status_code == 400
    found = answer.json()["fields"]["steps"]["0"]
    for name in where:
        found = found[name]
    assert "Known: " in found[0]
    assert not Policy.objects.exists()


@pytest.mark.parametrize(
    ("target", "kind"),
    [
        ({"user": "U"}, "user"),
        ({"team": "T"}, "team"),
        ({"team": "T", "role": "secondary"}, "team_role"),
        ({"role": "primary"}, "recipient_teams"),
    ],
)
def test_the_kind_of_a_target_may_be_left_out(target, kind):
    named = {"U": make_person().pk, "T": make_team().pk}
    target = {name: named.get(value, value) for name, value in target.items()}

    answer = owner().post("/api/v1/policies/", {"name": "P", "steps": [{"targets": [target]}]})

    assert answer.json()["steps"][0]["targets"][0]["kind"] == kind


def test_a_patch_keeps_the_steps_that_it_does_not_name():
    policy = make_policy(make_person())

    answer = owner().patch(f"/api/v1/policies/{policy.pk}/", {"repeats": 3})

    assert answer.json()["repeats"] == 3
    assert len(answer.json()["steps"]) == 1


@pytest.mark.parametrize(
    ("step", "place"),
    [
        ({"targets": [{"kind": "team_role", "team": "T"}]}, "role"),
        ({"targets": [{"kind": "user"}]}, "user"),
        ({"targets": [{"kind": "user", "user": "ghost@example.com"}]}, "user"),
        ({"targets": [], "wait_seconds": -1}, "wait_seconds"),
        ({"targets": [], "step_channels": [{"channel": "smoke"}]}, "channel"),
    ],
)
def test_a_step_that_cannot_be_taken_changes_nothing_and_is_named(step, place):
    Team.objects.create(name="T")
    policy = make_policy(make_person())

    answer = owner().put(f"/api/v1/policies/{policy.pk}/", {"name": "New", "steps": [step]})

    assert answer.status_code == 400
    assert place in answer.json()["detail"]
    assert Policy.objects.get().name == policy.name
    assert Step.objects.get().targets.count() == 1


@pytest.mark.parametrize("step", [{}, {"targets": [{}]}, None, [], {"targets": None}])
def test_a_patch_takes_no_half_steps(step):
    policy = make_policy(make_person())

    answer = owner().patch(f"/api/v1/policies/{policy.pk}/", {"steps": [step]})

    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["steps"])
    assert Step.objects.get().targets.count() == 1


def test_a_run_that_has_begun_keeps_its_plan():
    ann, ben = make_person(), make_person()
    policy = make_policy(ann)
    incident = make_paging_incident(policy=policy)

    owner().patch(
        f"/api/v1/policies/{policy.pk}/",
        {"steps": [{"targets": [{"kind": "user", "user": ben.pk}]}]},
    )

    [target] = incident.runs.get().plan.steps[0].targets
    assert target.id == ann.pk


def test_a_policy_in_use_is_not_deleted():
    policy, client = make_policy(), owner()
    client.patch(f"/api/v1/services/{make_service().pk}/", {"policy": policy.pk})

    answer = client.delete(f"/api/v1/policies/{policy.pk}/")

    assert (answer.status_code, answer.json()["code"]) == (409, "in_use")
    assert "default policies" in answer.json()["detail"]


def test_who_may_only_look_changes_no_policy():
    policy = make_policy()
    client = script(make_person("Responder"))

    assert client.get(f"/api/v1/policies/{policy.pk}/").status_code == 200
    assert client.patch(f"/api/v1/policies/{policy.pk}/", {"name": "x"}).status_code == 403
    assert client.post("/api/v1/policies/", {"name": "x", "steps": []}).status_code == 403
    assert client.delete(f"/api/v1/policies/{policy.pk}/").status_code == 403


def test_a_play_is_written_as_one_document():
    ann, team = make_person(), make_team()
    tiers = [{"users": [ann.email]}, {"wait_seconds": 300, "users": [], "teams": [team.pk]}]
    client = owner()

    made = client.post("/api/v1/plays/", {"name": "All hands", "tiers": tiers}).json()
    changed = client.patch(f"/api/v1/plays/{made['id']}/", {"tiers": tiers[1:]}).json()

    assert made["tiers"][0] == {"wait_seconds": 0, "users": [ann.pk], "teams": []}
    assert changed["tiers"] == [{"wait_seconds": 300, "users": [], "teams": [team.pk]}]


def test_a_service_is_made_with_its_policy_and_notices():
    policy = make_policy(name="Standard")
    shared = settings.add_shared_channel("Room", "email", {"address": "a@example.com"})
    body = {
        "name": "Checkout",
        "team": Team.objects.create(name="Shop").name,
        "policy": "standard",
        "acknowledge_within_minutes": 10,
        "notification_settings": {"channels": ["Room"], "on_acknowledged": False},
    }

    answer = owner().post("/api/v1/services/", body)

    found = answer.json()
    assert answer.status_code == 201, found
    assert (found["policy"], found["open_incidents"]) == (policy.pk, 0)
    assert found["notification_settings"]["channels"] == [shared.pk]
    assert (
        found["notification_settings"]["on_triggered"],
        found["notification_settings"]["on_acknowledged"],
    ) == (True, False)


def test_a_service_counts_what_is_open_and_can_lose_its_policy():
    service, client = make_service(), owner()
    path = f"/api/v1/services/{service.pk}/"
    client.patch(path, {"policy": make_policy().pk})
    make_paging_incident(service)
    make_paging_incident(service)

    found = client.patch(path, {"policy": None}).json()

    assert (found["policy"], found["open_incidents"]) == (None, 2)


def test_a_service_with_a_past_is_not_deleted():
    incident = make_paging_incident()

    answer = owner().delete(f"/api/v1/services/{incident.service_id}/")

    assert (answer.status_code, answer.json()["code"]) == (409, "in_use")


def test_a_service_is_seen_by_its_team_and_changed_by_admins():
    member, stranger = make_person("Responder"), make_person("Responder")
    service = make_service(team=make_team(member))
    path = f"/api/v1/services/{service.pk}/"

    assert script(member).get(path).status_code == 200
    assert script(member).patch(path, {"name": "x"}).status_code == 403
    assert script(stranger).get(path).status_code == 404


def test_steps_and_tiers_after_the_first_wait_where_no_wait_is_named():
    targets = [{"user": make_person().email}]
    steps = [{"targets": targets}, {"targets": targets}, {"wait_seconds": 0, "targets": targets}]
    tiers = [{"users": [targets[0]["user"]]}] * 2

    policy = owner().post("/api/v1/policies/", {"name": "Three", "steps": steps}).json()
    play = owner().post("/api/v1/plays/", {"name": "Two", "tiers": tiers}).json()

    assert [step["wait_seconds"] for step in policy["steps"]] == [0, 300, 0]
    assert [tier["wait_seconds"] for tier in play["tiers"]] == [0, 300]
