from datetime import timedelta

import pytest
from django.utils import timezone

from incidents.actions import respond
from incidents.models import Incident
from notifications.models import Notification
from tests.api import make_paging_incident, make_person, owner, script
from tests.factories import make_alert, make_policy, make_service, make_team

pytestmark = pytest.mark.django_db
LIST = "/api/v1/incidents/"


def ids(answer):
    assert answer.status_code == 200, answer.json()
    return [row["id"] for row in answer.json()["results"]]


def test_an_incident_is_shown_with_everything_that_belongs_to_it(settings):
    settings.SITE_URL = "https://portal.example"
    alice = make_person("Responder")
    incident = make_paging_incident(policy=make_policy(alice), title="Disk full")

    found = owner().get(f"{LIST}{incident.pk}/").json()

    assert found["title"] == "Disk full"
    assert found["service_name"] == incident.service.name
    assert "opened" in [entry["verb"] for entry in found["timeline"]]
    assert found["runs"][0]["state"] == "escalating"
    assert alice.pk in [row["user"] for row in found["notifications"]]
    assert found["alerts"] == []
    assert found["portal_url"] == f"https://portal.example/incidents/{incident.pk}/"


def test_acknowledging_takes_it_and_says_who_and_how():
    incident, alice = make_paging_incident(), make_person("Owner")

    answer = script(alice).post(f"{LIST}{incident.pk}/acknowledge/")

    found = answer.json()
    assert (answer.status_code, found["status"]) == (200, "acknowledged")
    assert found["assignee_name"] == alice.name
    taken = [entry for entry in found["timeline"] if entry["verb"] == "acknowledged"]
    assert [(entry["by"], entry["via"]) for entry in taken] == [(alice.pk, "API key a test")]


@pytest.mark.parametrize(
    ("act", "body", "status"),
    [
        ("acknowledge", {}, "acknowledged"),
        ("resolve", {"note": "Fixed"}, "resolved"),
        ("snooze", {"until": (timezone.now() + timedelta(days=29)).isoformat()}, "on_hold"),
        ("assign", {"user": "me"}, "acknowledged"),
    ],
)
def test_a_verb_done_twice_is_done_once(act, body, status):
    incident, client = make_paging_incident(), owner()
    path = f"{LIST}{incident.pk}/{act}/"

    first, second = client.post(path, body), client.post(path, body)

    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json()["status"] == second.json()["status"] == status
    assert len(first.json()["timeline"]) == len(second.json()["timeline"])


def test_resolved_beats_acknowledged_and_the_loser_learns_it():
    incident = make_paging_incident()
    respond.resolve(incident.pk)

    answer = owner().post(f"{LIST}{incident.pk}/acknowledge/")

    assert answer.status_code == 409
    assert answer.json()["code"] == "incident_closed"


def test_snoozing_takes_minutes_as_well():
    incident = make_paging_incident()

    answer = owner().post(f"{LIST}{incident.pk}/snooze/", {"minutes": 30})

    incident.refresh_from_db()
    assert answer.status_code == 200
    assert timedelta(minutes=29) < incident.snoozed_until - timezone.now() < timedelta(minutes=31)


@pytest.mark.parametrize(
    "body", [{}, {"minutes": 5, "until": "2999-01-01T00:00:00Z"}, {"until": "2001-01-01T00:00:00Z"}]
)
def test_a_snooze_that_says_no_usable_time_is_refused_with_its_field(body):
    answer = owner().post(f"{LIST}{make_paging_incident().pk}/snooze/", body)

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert list(answer.json()["fields"]) == ["until"]


def test_assigning_takes_an_id_or_an_address():
    incident, bob, client = make_paging_incident(), make_person("Responder"), owner()
    path = f"{LIST}{incident.pk}/assign/"

    answers = [client.post(path, {"user": who}) for who in (bob.pk, bob.email, bob.email.upper())]

    assert [answer.json()["assignee"] for answer in answers] == [bob.pk] * 3


def test_escalating_pages_the_next_step_now():
    incident = make_paging_incident(policy=make_policy(make_person("Responder")))

    answer = owner().post(f"{LIST}{incident.pk}/escalate/")

    assert answer.status_code == 200, answer.json()
    assert "escalated" in [entry["verb"] for entry in answer.json()["timeline"]]


def test_reopening_starts_a_new_round_with_a_new_run():
    incident, client = make_paging_incident(), owner()
    client.post(f"{LIST}{incident.pk}/resolve/")

    answer = client.post(f"{LIST}{incident.pk}/reopen/", {"note": "It is back"})

    found = answer.json()
    assert (answer.status_code, found["status"], found["paging_round"]) == (200, "open", 2)
    assert len(found["runs"]) == 2


def test_a_comment_is_on_the_timeline_to_the_letter():
    incident, client = make_paging_incident(), owner()

    client.post(f"{LIST}{incident.pk}/comment/", {"text": "<b>Looking</b>"})

    entries = client.get(f"{LIST}{incident.pk}/timeline/").json()
    assert entries[-1]["text"] == "<b>Looking</b>"


def test_an_incident_opened_by_hand_pages():
    alice, service = make_person("Responder"), make_service(name="Checkout")
    policy = make_policy(alice)

    answer = owner().post(
        LIST,
        {"title": "No orders", "service": "checkout", "policy": policy.pk, "severity": "error"},
    )

    found = answer.json()
    assert answer.status_code == 201
    assert (found["service"], found["severity"], found["status"]) == (service.pk, "error", "open")
    assert alice.pk in [row["user"] for row in found["notifications"]]


def test_bulk_tells_the_result_of_each():
    good, closed = make_paging_incident(), make_paging_incident()
    respond.resolve(closed.pk)

    answer = owner().post(
        f"{LIST}bulk/", {"ids": [good.pk, closed.pk, 10**9], "action": "acknowledge"}
    )

    results = {row.pop("id"): row for row in answer.json()["results"]}
    assert results[good.pk] == {"ok": True, "status": "acknowledged"}
    assert results[closed.pk]["code"] == "incident_closed"
    assert results[10**9]["code"] == "not_found"


def test_bulk_refuses_what_is_no_action():
    answer = owner().post(f"{LIST}bulk/", {"ids": [1], "action": "explode"})

    assert answer.status_code == 400
    assert "acknowledge" in answer.json()["fields"]["action"][0]


def test_a_stakeholder_sees_and_does_not_act():
    reader = make_person("Stakeholder")
    incident = make_paging_incident(make_service(team=make_team(reader)))
    client = script(reader)

    refusals = [client.post(f"{LIST}{incident.pk}/{act}/") for act in ("acknowledge", "resolve")]
    refusals.append(client.post(f"{LIST}bulk/", {"ids": [incident.pk], "action": "resolve"}))

    assert ids(client.get(LIST)) == [incident.pk]
    assert [answer.status_code for answer in refusals] == [403] * 3
    incident.refresh_from_db()
    assert incident.is_open


def test_a_stranger_finds_nothing_and_can_touch_nothing():
    incident, stranger = make_paging_incident(), make_person("Responder")
    client = script(stranger)

    bulk = client.post(f"{LIST}bulk/", {"ids": [incident.pk], "action": "resolve"})

    assert ids(client.get(LIST)) == []
    assert client.get(f"{LIST}{incident.pk}/").status_code == 404
    assert client.get(f"{LIST}{incident.pk}/timeline/").status_code == 404
    assert client.post(f"{LIST}{incident.pk}/resolve/").status_code == 404
    assert bulk.json()["results"][0]["code"] == "not_found"
    incident.refresh_from_db()
    assert incident.is_open


def test_alerts_and_what_was_told_are_seen_with_their_incident():
    alice = make_person("Responder")
    of_team = make_paging_incident(make_service(team=make_team(alice)))
    told, assigned = make_paging_incident(policy=make_policy(alice)), make_paging_incident()
    respond.assign(assigned.pk, alice)
    mine = {of_team.pk, told.pk, assigned.pk}
    for number in (*mine, make_paging_incident().pk):
        incident = Incident.objects.get(pk=number)
        make_alert(incident)
        Notification.objects.create(incident=incident, channel="email", page_key=f"x:{number}")
    client = script(alice)

    alerts = client.get("/api/v1/alerts/").json()["results"]
    notifications = client.get("/api/v1/notifications/").json()["results"]

    assert {row["incident"] for row in alerts} == mine
    assert {row["incident"] for row in notifications} == mine


def test_a_responder_does_not_open_by_hand():
    responder = make_person("Responder")
    service = make_service(team=make_team(responder))

    answer = script(responder).post(LIST, {"title": "x", "service": service.pk})

    assert answer.status_code == 403
    assert "Messages_Send_GlobalAccess" in answer.json()["detail"]


def test_an_incident_opened_by_hand_may_have_a_priority():
    client, service = owner(), make_service()
    body = {"title": "Fire", "service": service.pk}

    made = client.post(LIST, body | {"priority": "P2"}).json()
    plain = client.post(LIST, body).json()

    assert (made["priority"], plain["priority"]) == ("P2", "")
    assert ids(client.get(LIST, {"priority": "P2"})) == [made["id"]]


def test_filters_narrow_the_list():
    me = make_person("Owner")
    team = make_team()
    old = make_paging_incident(make_service(team=team), title="Old smoke", severity="info")
    mine = make_paging_incident(title="Fire")
    Incident.objects.filter(pk=old.pk).update(opened_at=timezone.now() - timedelta(days=3))
    respond.acknowledge(mine.pk, by=me)
    client = script(me)
    yesterday = (timezone.now() - timedelta(days=1)).isoformat()

    def found(**query):
        return ids(client.get(LIST, query))

    assert found(status="open") == [old.pk]
    assert found(status=["open", "acknowledged"]) == [mine.pk, old.pk]
    assert found(is_resolved="true") == []
    assert found(severity="info") == [old.pk]
    assert found(service=mine.service_id) == [mine.pk]
    assert found(team=team.pk) == [old.pk]
    assert found(assignee="me") == [mine.pk]
    assert found(assignee=me.pk) == [mine.pk]
    assert found(assignee="none") == [old.pk]
    assert found(opened_after=yesterday) == [mine.pk]
    assert found(opened_before=yesterday) == [old.pk]
    assert found(search="smoke") == [old.pk]
    assert found(ordering="opened_at") == [old.pk, mine.pk]
    assert found(id=f"{old.pk},{mine.pk}") == [mine.pk, old.pk]


@pytest.mark.parametrize("query", ["status=burning", "opened_after=soon", "service=abc"])
def test_a_filter_that_means_nothing_is_refused(query):
    answer = owner().get(f"{LIST}?{query}")

    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == [query.partition("=")[0]]
