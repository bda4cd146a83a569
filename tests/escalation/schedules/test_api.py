"""Schedules by the REST API: written as a whole, edited as versions, asked who is on call."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from escalation.models import Absence, Override, Schedule
from incidents.models import Membership
from tests.api import make_person, script
from tests.factories import make_team, make_user

pytestmark = pytest.mark.django_db
SCHEDULES = "/api/v1/schedules/"


@pytest.fixture
def owner():
    return script(make_person("Owner"))


@pytest.fixture
def people():
    return [make_user(name) for name in ("Ana", "Bo", "Cy")]


def weekly(people, **fields):
    layer = {"name": "Weekly", "anchor": "2026-03-02T09:00", "ring": [[p.email] for p in people]}
    return {"zone": "Europe/Berlin", "layers": [{**layer, **fields}]}


def add(client, people, **fields):
    answer = client.post(SCHEDULES, {"name": "Payments", "definition": weekly(people, **fields)})
    assert answer.status_code == 201, answer.json()
    return answer.json()


def on_call(client, pk, at):
    answer = client.get(f"{SCHEDULES}{pk}/oncall/?at={at}").json()
    assert "people" in answer, answer
    return [person["name"] for person in answer["people"]], answer["until"]


def test_who_is_on_call_at_an_instant_and_until_when(owner, people):
    made = add(owner, people)

    assert made["definition"]["layers"][0]["id"] == "layer-1"
    assert on_call(owner, made["id"], "2026-03-30T06:59:00Z") == (["Ana"], "2026-03-30T07:00:00Z")
    assert on_call(owner, made["id"], "2026-03-30T07:00:00Z")[0] == ["Bo"]


def test_the_definition_that_is_read_is_written_as_it_is(owner, people):
    url = f"{SCHEDULES}{add(owner, people)['id']}/"
    read = owner.get(url).json()["definition"]

    written = owner.patch(url, {"definition": read})

    assert written.status_code == 200, written.json()
    assert written.json()["definition"] == read


def test_shifts_have_no_gap_and_say_why(owner, people):
    pk = add(owner, people, windows=[{"days": [0, 1, 2, 3, 4], "start": "09:00", "end": "17:00"}])[
        "id"
    ]
    found = owner.get(f"{SCHEDULES}{pk}/shifts/?from=2026-03-02T00:00Z&to=2026-03-03T00:00Z").json()

    assert [(s["start"], [p["name"] for p in s["people"]]) for s in found] == [
        ("2026-03-02T00:00:00Z", []),
        ("2026-03-02T08:00:00Z", ["Ana"]),
        ("2026-03-02T16:00:00Z", []),
    ]
    assert found[1]["people"][0]["why"] == "layer Weekly, turn until Mon 9 Mar 09:00"


def test_an_edit_holds_from_the_next_hand_over_on_and_the_order_goes_on(owner, people):
    pk = add(owner, people)["id"]
    now = timezone.now()
    current, change = on_call(owner, pk, f"{now:%Y-%m-%dT%H:%M:%SZ}")
    di = make_user("Di")
    ring = weekly([di, *people])
    ring["layers"][0]["id"] = "layer-1"

    answer = owner.patch(f"{SCHEDULES}{pk}/", {"definition": ring})

    assert answer.status_code == 200, answer.json()
    versions = owner.get(f"{SCHEDULES}{pk}/versions/").json()
    assert [row["effective_from"] for row in versions] == [None, change]
    assert on_call(owner, pk, f"{now:%Y-%m-%dT%H:%M:%SZ}")[0] == current
    names = ["Ana", "Bo", "Cy"]
    following = names[(names.index(current[0]) + 1) % 3]
    assert on_call(owner, pk, change)[0] == [following]


def test_what_is_past_cannot_be_edited(owner, people):
    pk = add(owner, people)["id"]
    answer = owner.patch(
        f"{SCHEDULES}{pk}/",
        {"definition": weekly(people), "effective_from": "2026-03-02T08:00:00Z"},
    )

    assert answer.status_code == 409
    assert "version_is_past" in str(answer.json())


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"every": 200, "unit": "week"}, "every"),
        ({"primaries": 3, "secondaries": 1}, "primaries"),
        ({"anchor": "next monday"}, "anchor"),
        ({"windows": [{"start": "25:00"}]}, "start"),
        ({"windows": [{"days": []}]}, "days"),
        ({"zone": "Mars/Olympus"}, "zone"),
        ({"from": "2026-03-02T09:00", "until": "2026-03-02T09:00"}, "until"),
        ({"ring": []}, "ring"),
        ({"ring": [["nobody@example.com"]]}, "ring"),
        ({"rnak": 3}, "rnak"),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(owner, people, change, place):
    answer = owner.post(SCHEDULES, {"name": "Payments", "definition": weekly(people, **change)})

    assert answer.status_code == 400
    assert place in str(answer.json())
    assert not Schedule.objects.exists()


def test_an_override_is_made_and_cancelled_and_what_was_stays(owner, people):
    pk = add(owner, people[:1])["id"]
    now = datetime.now(UTC).replace(microsecond=0)
    answer = owner.post(
        "/api/v1/overrides/",
        {
            "schedule": "Payments",
            "people": [people[1].email],
            "starts_at": (now + timedelta(hours=1)).isoformat(),
            "ends_at": (now + timedelta(hours=2)).isoformat(),
            "reason": "dentist",
        },
    )
    assert answer.status_code == 201, answer.json()
    assert answer.json()["people"] == [people[1].pk]
    at = f"{now + timedelta(minutes=90):%Y-%m-%dT%H:%M:%SZ}"
    assert on_call(owner, pk, at)[0] == ["Bo"]

    assert owner.delete(f"/api/v1/overrides/{answer.json()['id']}/").status_code == 204

    assert on_call(owner, pk, at)[0] == ["Ana"]
    assert Override.objects.get().cancelled_at is not None


def test_who_does_not_manage_puts_nobody_on_call_but_oneself(owner, people):
    pk = add(owner, people)["id"]
    responder = make_person("Responder")
    Schedule.objects.update(team=make_team(responder))
    client = script(responder)
    now = timezone.now()
    span = {
        "schedule": pk,
        "starts_at": (now + timedelta(hours=1)).isoformat(),
        "ends_at": (now + timedelta(hours=2)).isoformat(),
    }

    other = client.post("/api/v1/overrides/", {**span, "people": [people[0].pk]})
    own = client.post("/api/v1/overrides/", {**span, "people": [responder.pk]})

    assert (other.status_code, own.status_code) == (403, 201)
    assert client.patch(f"{SCHEDULES}{pk}/", {"description": "mine"}).status_code == 403


def test_a_manager_edits_the_schedules_of_their_team_alone(owner, people):
    manager = make_person("Responder")
    team, other = make_team(manager), make_team()
    Membership.objects.filter(user=manager).update(is_manager=True)
    client = script(manager)
    body = {"name": "Night", "definition": weekly(people)}

    assert client.post(SCHEDULES, {**body, "team": other.pk}).status_code in (400, 403)
    made = client.post(SCHEDULES, {**body, "team": team.pk})
    assert made.status_code == 201, made.json()
    assert client.patch(f"{SCHEDULES}{made.json()['id']}/", {"name": "Nights"}).status_code == 200
    assert client.patch(f"{SCHEDULES}{add(owner, people)['id']}/", {"name": "x"}).status_code == 403


def test_a_policy_tells_a_schedule_and_keeps_it_from_being_deleted(owner, people):
    pk = add(owner, people)["id"]
    policy = owner.post(
        "/api/v1/policies/",
        {"name": "Payments", "steps": [{"targets": [{"schedule": "Payments"}]}]},
    )
    assert policy.status_code == 201, policy.json()
    assert policy.json()["steps"][0]["targets"][0]["kind"] == "schedule"

    refused = owner.delete(f"{SCHEDULES}{pk}/")

    assert refused.status_code == 409
    assert "Payments" in str(refused.json())


def test_out_of_office_hands_the_shifts_to_the_cover(owner, people):
    pk = add(owner, people[:1])["id"]
    now = timezone.now()
    body = {
        "user": people[0].email,
        "cover": people[1].email,
        "starts_at": (now + timedelta(hours=1)).isoformat(),
        "ends_at": (now + timedelta(hours=3)).isoformat(),
    }
    made = owner.post("/api/v1/absences/", body)
    assert made.status_code == 201, made.json()
    assert on_call(owner, pk, f"{now + timedelta(hours=2):%Y-%m-%dT%H:%M:%SZ}")[0] == ["Bo"]

    again = owner.post("/api/v1/absences/", body)

    assert again.status_code in (400, 409)
    assert "away already" in str(again.json())
    assert Absence.objects.count() == 1


def test_a_person_who_is_named_cannot_be_deleted(owner, people):
    add(owner, people)
    with pytest.raises(Exception, match="protected"):
        people[0].delete()


def test_all_schedules_at_once_say_who_is_on_call(owner, people):
    first = add(owner, people)
    team = make_team()
    second = owner.post(
        SCHEDULES,
        {"name": "Search", "team": team.pk, "definition": {"zone": "UTC", "layers": []}},
    ).json()

    found = owner.get("/api/v1/oncall/?at=2026-03-30T07:00:00Z").json()["results"]

    assert [(row["schedule"], [p["name"] for p in row["people"]]) for row in found] == [
        (first["id"], ["Bo"]),
        (second["id"], []),
    ]
    assert found[0]["people"][0]["why"].startswith("layer Weekly")
    assert found[0]["until"] == "2026-04-06T07:00:00Z"
    of_team = owner.get(f"/api/v1/oncall/?team={team.pk}").json()["results"]
    assert [row["name"] for row in of_team] == ["Search"]


def test_a_key_for_overrides_changes_no_schedule(owner, people):
    schedule = add(owner, people)
    me = make_person("Responder")
    key = script(me, "overrides:write", "schedules:read")
    span = {
        "starts_at": (timezone.now() + timedelta(hours=1)).isoformat(),
        "ends_at": (timezone.now() + timedelta(hours=2)).isoformat(),
    }

    refused = key.patch(f"{SCHEDULES}{schedule['id']}/", {"name": "Mine"})
    absence = key.post("/api/v1/absences/", {"user": me.email, **span})

    assert refused.status_code == 403
    assert "schedules:write" in str(refused.json())
    assert absence.status_code == 201, absence.json()
    wider = script(me, "schedules:write", "schedules:read")
    assert wider.delete(f"/api/v1/absences/{absence.json()['id']}/").status_code == 204
