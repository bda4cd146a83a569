import re
import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from incidents.models import Alert, Incident
from integrations.models import InboundMessage
from integrations.setup import replay
from notifications.models import Notification
from tests.factories import make_integration, make_policy, make_service, make_team, make_user
from tests.integrations.opsgenie import auth, create, do, get, send, status_of
from tests.integrations.posting import log, work
from tests.tasks import run_tasks
from tests.threads import race

pytestmark = pytest.mark.django_db


@pytest.fixture
def genie():
    return make_integration("opsgenie")


def timeline():
    return list(Incident.objects.get().timeline.values_list("verb", flat=True))


def test_an_alert_is_answered_as_clients_expect_and_is_open_by_then(client, genie):
    answer = create(client, genie, priority="P1")

    body = answer.json()
    assert answer.status_code == 202
    assert body["result"] == "Request will be processed"
    assert set(body) == {"result", "took", "requestId"}
    assert uuid.UUID(body["requestId"])
    assert answer["X-Request-ID"] == body["requestId"]
    assert float(answer["X-Response-Time"]) >= 0
    assert answer["X-RateLimit-State"] == "OK"
    assert Incident.objects.get().title == "Disk full"


def test_the_request_says_what_became_of_it(client, genie):
    data = status_of(client, genie, create(client, genie))

    assert data["success"] is True
    assert data["isSuccess"] is True
    assert (data["action"], data["status"], data["alias"]) == ("Create", "Created alert", "disk")
    assert uuid.UUID(data["alertId"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", data["processedAt"])


@pytest.mark.parametrize("path", ["/v2/alerts", "/v2/alerts/"])
def test_the_path_may_end_with_a_slash_as_zabbix_writes_it(client, genie, path):
    answer = send(client, genie, "post", path, {"message": "Down"})

    assert answer.status_code == 202


def test_the_key_may_stand_in_the_address_and_is_not_kept(client, genie):
    answer = client.post(
        f"/v2/alerts?apiKey={genie.token}", {"message": "Down"}, content_type="application/json"
    )

    assert answer.status_code == 202
    assert genie.token not in InboundMessage.objects.get().query


def test_the_key_is_not_kept_with_the_headers(client, genie):
    create(client, genie)

    assert genie.token not in str(InboundMessage.objects.get().headers)


def test_the_same_alias_is_counted(client, genie):
    for _ in range(3):
        create(client, genie)

    assert Alert.objects.get().count == 3
    assert log() == ["Mapped (opened)", "Mapped Appended", "Mapped Appended"]


def test_alerts_without_an_alias_are_different_ones_and_can_be_found_by_the_one_they_got(
    client, genie
):
    first = status_of(client, genie, create(client, genie, alias=""))
    second = status_of(client, genie, create(client, genie, alias=""))

    do(client, genie, "close", first["alias"])

    assert first["alias"] != second["alias"]
    assert [a.closed_at is None for a in Alert.objects.order_by("pk")] == [False, True]


@pytest.mark.parametrize("kind", ["alias", "id", "tiny"])
def test_an_alert_is_closed_by_each_of_its_identifiers(client, genie, kind):
    created = status_of(client, genie, create(client, genie))
    tiny = str(Alert.objects.get().pk)
    named = {"alias": "disk", "id": created["alertId"], "tiny": tiny}[kind]

    data = status_of(client, genie, do(client, genie, "close", named, kind=kind))

    assert (data["success"], data["action"], data["status"]) == (True, "Close", "Closed alert")
    assert data["alertId"] == created["alertId"]
    assert Incident.objects.get().is_resolved


def test_an_alias_with_slashes_is_found(client, genie):
    create(client, genie, alias="db/1/close/disk")

    data = status_of(client, genie, do(client, genie, "close", "db/1/close/disk"))

    assert data["success"] is True


def test_a_note_of_the_sender_stands_on_the_timeline(client, genie):
    create(client, genie, note="Since the backup")
    do(client, genie, "close", note="Disk was emptied", user="Ana")

    notes = Incident.objects.get().timeline.filter(verb="commented")
    assert [line.text for line in notes] == ["Since the backup", "Disk was emptied"]
    assert notes[1].via == f"Opsgenie API ({genie.name}): Ana"


def test_to_close_what_is_not_open_is_accepted_and_then_said(client, genie):
    answer = do(client, genie, "close", "nothing")

    data = status_of(client, genie, answer)
    assert data["success"] is False
    assert "There is no open alert" in data["status"]
    assert log() == ["Mapped Ignored"]


@pytest.mark.parametrize("action", ["close", "acknowledge"])
def test_what_was_done_already_is_said_in_the_words_that_zabbix_tolerates(client, genie, action):
    create(client, genie)
    do(client, genie, action)

    data = status_of(client, genie, do(client, genie, action))

    assert data["success"] is False
    assert "Alert is already" in data["status"]


def test_an_acknowledgement_stops_and_taking_it_back_pages_again(client, genie):
    create(client, genie)

    do(client, genie, "acknowledge")
    acknowledged = Incident.objects.get().status
    do(client, genie, "unacknowledge")

    assert acknowledged == "acknowledged"
    incident = Incident.objects.get()
    assert (incident.status, incident.paging_round) == ("open", 2)
    assert incident.runs.filter(paging_round=2).exists()


def test_an_alert_is_snoozed_until_its_time(client, genie):
    create(client, genie)
    until = timezone.now() + timedelta(hours=2)

    data = status_of(client, genie, do(client, genie, "snooze", endTime=until.isoformat()))

    assert data["success"] is True
    assert Incident.objects.get().snoozed_until == until


@pytest.mark.parametrize("end", ["2001-01-01T00:00:00Z", "tomorrow", "2026-99-99T00:00:00Z"])
def test_a_snooze_that_cannot_be_is_told_and_changes_nothing(client, genie, end):
    create(client, genie)

    data = status_of(client, genie, do(client, genie, "snooze", endTime=end, note="later"))

    assert data["success"] is False
    assert timeline() == ["opened", *timeline()[1:]]
    assert "snoozed" not in timeline()
    assert "commented" not in timeline()


def test_escalating_tells_the_next_people(client):
    first, second = make_user("First"), make_user("Second")
    genie = make_integration("opsgenie", service=make_service(make_policy(first, second)))
    create(client, genie)

    do(client, genie, "escalate", escalation={"name": "any"})

    told = Notification.objects.filter(user=second)
    assert told.exists()
    assert "escalated" in timeline()


@pytest.mark.parametrize("how", ["username", "name"])
def test_an_alert_is_assigned_to_a_person_by_name_or_address(client, genie, how):
    ana = make_user("Ana Ferreira")
    create(client, genie)

    do(client, genie, "assign", owner={how: ana.email if how == "username" else "ana ferreira"})

    assert Incident.objects.get().assignee == ana


def test_an_unknown_owner_is_told(client, genie):
    create(client, genie)

    answer = do(client, genie, "assign", owner={"username": "nobody@example.org"})

    assert "nobody@example.org" in status_of(client, genie, answer)["status"]


def test_the_responders_of_an_alert_are_told_beside_those_of_the_policy(client, mailoutbox):
    on_call, ana, bo, cem = map(make_user, ("On call", "Ana", "Bo", "Cem"))
    genie = make_integration("opsgenie", service=make_service(make_policy(on_call)))
    team = make_team(bo)
    make_team(make_user("Not named"))

    create(
        client,
        genie,
        responders=[
            {"type": "user", "username": ana.email},
            {"type": "team", "name": team.name},
            {"type": "user", "username": "nobody@example.org"},
        ],
        teams=[{"name": make_team(cem).name}],
    )
    run_tasks()

    rows = Notification.objects.filter(channel="email")
    assert sorted(row.user.name for row in rows) == ["Ana", "Bo", "Cem", "On call"]
    assert sorted(address for sent in mailoutbox for address in sent.to) == sorted(
        person.email for person in (on_call, ana, bo, cem)
    )


def test_a_responder_who_is_added_is_told_at_once(client, genie):
    ana = make_user("Ana")
    bo = make_user("Bo")
    team = make_team(bo)
    create(client, genie)

    do(client, genie, "responders", responder={"type": "user", "username": ana.email})
    do(client, genie, "teams", team={"name": team.name})

    told = set(Notification.objects.exclude(channel="inapp").values_list("user", flat=True))
    assert {ana.pk, bo.pk} <= told


def test_details_and_tags_are_added_and_removed(client, genie):
    create(client, genie, tags=["prod", "env:eu"], details={"a": "1"})
    do(client, genie, "tags", tags=["new"])
    do(client, genie, "details", details={"b": "2"})
    send(client, genie, "delete", "/v2/alerts/disk/tags?identifierType=alias&tags=prod")
    send(client, genie, "delete", "/v2/alerts/disk/details?identifierType=alias&keys=a")

    data = get(client, genie, "/v2/alerts/disk", identifierType="alias").json()["data"]

    assert data["tags"] == ["env:eu", "new"]
    assert data["details"] == {"b": "2"}


def test_message_description_and_priority_are_changed(client, genie):
    create(client, genie, priority="P5")

    for field, text in (("message", "Disk broken"), ("description", "Smoke"), ("priority", "P1")):
        assert do(client, genie, field, method="put", **{field: text}).status_code == 202

    incident = Incident.objects.get()
    assert (incident.title, incident.description) == ("Disk broken", "Smoke")
    assert (incident.priority, incident.severity, incident.urgency) == ("P1", "critical", "high")


def test_deleting_ends_it_as_cancelled_and_keeps_what_was(client, genie):
    create(client, genie)

    answer = send(client, genie, "delete", "/v2/alerts/disk?identifierType=alias")

    assert status_of(client, genie, answer)["action"] == "Delete"
    assert Incident.objects.get().resolution == "cancelled"
    assert Alert.objects.get().closed_at


@pytest.mark.parametrize(
    ("priority", "severity"),
    [("P1", "critical"), ("P2", "error"), ("P3", "error"), ("P4", "warning"), ("P5", "info")],
)
def test_a_priority_is_kept_and_decides_the_severity(client, genie, priority, severity):
    create(client, genie, priority=priority)

    incident = Incident.objects.get()
    assert (incident.priority, incident.severity) == (priority, severity)


def test_one_alert_is_shown_as_the_api_shows_it(client, genie):
    created = status_of(
        client,
        genie,
        create(
            client,
            genie,
            description="99 %",
            tags=["prod"],
            details={"host": "db"},
            entity="db-1",
            source="probe",
            priority="P2",
        ),
    )

    data = get(client, genie, f"/v2/alerts/{created['alertId']}").json()["data"]

    told = {name: data[name] for name in ("message", "alias", "status", "acknowledged", "count")}
    assert told == {
        "message": "Disk full",
        "alias": "disk",
        "status": "open",
        "acknowledged": False,
        "count": 1,
    }
    assert data["id"] == created["alertId"]
    assert data["tinyId"] == str(Alert.objects.get().pk)
    assert (data["source"], data["entity"], data["priority"]) == ("probe", "db-1", "P2")
    assert (data["description"], data["details"]) == ("99 %", {"host": "db"})
    assert data["tags"] == ["prod"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"a", "b"}),
        ("status:open", {"b"}),
        ("status: closed", {"a"}),
        ("status=nonsense", set()),
        ("alias:b", {"b"}),
        ('message:"disk full" AND priority:P1', {"b"}),
        ("tag:prod", {"b"}),
        ("tag:env:eu", {"b"}),
        ("status:open AND acknowledged:true", set()),
        ("tinyId:99999999999999999999", set()),
    ],
)
def test_alerts_are_listed_and_counted_by_the_usual_queries(client, genie, query, found):
    create(client, genie, alias="a")
    do(client, genie, "close", "a")
    create(client, genie, alias="b", priority="P1", tags=["prod", "env:eu"])

    listed = get(client, genie, "/v2/alerts", query=query).json()
    count = get(client, genie, "/v2/alerts/count", query=query).json()

    assert {row["alias"] for row in listed["data"]} == found
    assert count["data"]["count"] == len(found)


def test_a_list_has_pages(client, genie):
    for n in range(3):
        create(client, genie, alias=f"a{n}")

    first = get(client, genie, "/v2/alerts", limit=2).json()
    rest = get(client, genie, "/v2/alerts", limit=2, offset=2).json()

    assert [row["alias"] for row in first["data"]] == ["a2", "a1"]
    assert "offset=2" in first["paging"]["next"]
    assert [row["alias"] for row in rest["data"]] == ["a0"]
    assert "next" not in rest["paging"]


def test_notes_are_added_and_listed(client, genie):
    create(client, genie)

    added = status_of(client, genie, do(client, genie, "notes", note="Looking"))
    listed = get(client, genie, "/v2/alerts/disk/notes", identifierType="alias").json()["data"]

    assert added["action"] == "AddNote"
    assert [row["note"] for row in listed] == ["Looking"]


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"message": ""}, "message"),
        ({"message": None}, "message"),
        ({"message": {"a": 1}}, "message"),
        ({"tags": "prod"}, "tags"),
        ({"details": ["a"]}, "details"),
        ({"responders": {"a": 1}}, "responders"),
        ({"priority": "urgent"}, "priority"),
        ({"alias": ["a"]}, "alias"),
    ],
)
def test_what_is_no_alert_is_422_with_the_field_and_is_kept(client, genie, fields, name):
    answer = create(client, genie, **fields)

    assert answer.status_code == 422
    assert answer.json()["message"] == "Request body is not processable. Please check the errors."
    assert set(answer.json()["errors"]) == {name}
    assert log() == ["Mapping Failed"]
    assert InboundMessage.objects.get().answer == 422


def test_a_long_message_is_taken(client, genie):
    create(client, genie, message="x" * 5000, alias="y" * 512)

    assert len(Incident.objects.get().title) == 1024


def test_unknown_fields_and_a_nameless_team_are_taken(client, genie):
    answer = create(
        client, genie, extra={"a": 1}, tags=[""], responders=[{"type": "team", "name": ""}]
    )

    assert status_of(client, genie, answer)["success"] is True


@pytest.mark.parametrize("header", ["", "GenieKey ", "GenieKey wrong", "Bearer x", "GenieKey \x7f"])
def test_a_wrong_key_is_401_in_the_words_of_that_api_and_nothing_is_kept(client, genie, header):
    for method, path in (("post", "/v2/alerts"), ("get", "/v2/alerts"), ("get", "/v2/alerts/x")):
        answer = getattr(client, method)(path, headers={"Authorization": header})

        assert answer.status_code == 401
        assert set(answer.json()) == {"message", "took", "requestId"}
    assert not InboundMessage.objects.exists()


def test_the_key_of_an_integration_of_another_type_is_403(client):
    answer = create(client, make_integration("odown"))

    assert answer.status_code == 403
    assert "another type" in answer.json()["message"]


def test_a_disabled_integration_is_403_and_says_so_in_the_log(client):
    genie = make_integration("opsgenie", is_enabled=False)

    answer = create(client, genie)

    assert answer.status_code == 403
    assert set(answer.json()) == {"message", "took", "requestId"}
    assert log() == ["Rejected"]
    assert get(client, genie, "/v2/alerts").status_code == 403


def test_past_the_rate_the_answer_is_theirs_and_the_message_is_kept(client):
    genie = make_integration("opsgenie", rate_limit=1)
    create(client, genie)

    answer = create(client, genie, alias="second")
    request_id = answer.json()["requestId"]
    waiting = get(client, genie, f"/v2/alerts/requests/{request_id}")
    work(now=timezone.now() + timedelta(minutes=5))
    done = get(client, genie, f"/v2/alerts/requests/{request_id}")

    assert answer.status_code == 429
    assert answer["X-RateLimit-State"] == "THROTTLED"
    assert answer["X-RateLimit-Period-In-Sec"] == "60"
    assert (waiting.status_code, done.status_code) == (404, 200)
    assert waiting.json()["message"] == "Request not found. It might not be processed, yet."
    assert Alert.objects.count() == 2


def test_deeds_that_had_to_wait_are_done_in_their_order(client):
    genie = make_integration("opsgenie", rate_limit=1)
    create(client, genie)
    for _ in range(2):
        do(client, genie, "close")
        create(client, genie)

    work(now=timezone.now() + timedelta(minutes=10))

    assert [alert.closed_at is None for alert in Alert.objects.order_by("pk")] == [
        False,
        False,
        True,
    ]


def test_the_requests_and_alerts_of_another_key_are_not_found(client, genie):
    other = make_integration("opsgenie")
    answer = create(client, genie)
    alert_id = status_of(client, genie, answer)["alertId"]

    request = get(client, other, f"/v2/alerts/requests/{answer.json()['requestId']}")
    alert = get(client, other, f"/v2/alerts/{alert_id}")
    do(client, other, "close", alert_id, kind="id")

    assert (request.status_code, alert.status_code) == (404, 404)
    assert Alert.objects.get().closed_at is None


@pytest.mark.parametrize(
    "identifier",
    ["x", "%00", "00000000-0000-4000-8000-000000000001", "9" * 30, "..", "a b", "%F0%9F%94%A5"],
)
def test_garbage_identifiers_are_404(client, genie, identifier):
    for kind in ("id", "alias", "tiny", "nonsense"):
        answer = get(client, genie, f"/v2/alerts/{identifier}?identifierType={kind}")

        assert answer.status_code == 404


@pytest.mark.parametrize("body", [b"{", b"\x00", b"[]", b'"a"', b"7", b"null", b"\xff\xfe"])
def test_a_body_that_is_no_object_is_refused_in_their_shape_and_kept(client, genie, body):
    answer = client.post("/v2/alerts", body, content_type="application/json", headers=auth(genie))

    assert answer.status_code in (400, 422)
    assert {"message", "took", "requestId"} <= set(answer.json())
    assert log() == ["Mapping Failed"]
    assert InboundMessage.objects.get().answer == answer.status_code


def test_nul_and_half_surrogates_are_no_trouble(client, genie):
    content = (
        rb'{"message": "a\u0000b \ud800", "alias": "\u0000", "note": "\u0000x", "user": "\ud800"}'
    )
    answer = client.post(
        "/v2/alerts", content, content_type="application/json", headers=auth(genie)
    )
    other = do(client, genie, "notes", "a\x00", note="a\x00\ud83d")

    assert status_of(client, genie, answer)["success"] is True
    assert status_of(client, genie, other)["success"] is False


def test_too_much_is_413_in_their_shape(client, genie):
    answer = create(client, genie, message="x" * 2_000_000)

    assert answer.status_code == 413
    assert "message" in answer.json()


def test_an_empty_body_closes(client, genie):
    create(client, genie)

    answer = send(client, genie, "post", "/v2/alerts/disk/close?identifierType=alias")

    assert status_of(client, genie, answer)["success"] is True


def test_a_replayed_action_is_done_again(client, genie):
    create(client, genie)
    do(client, genie, "notes", note="Twice")
    message = InboundMessage.objects.latest("pk")

    again = replay.replay(message.pk)

    assert again.status == "mapped"
    assert timeline().count("commented") == 2


@pytest.mark.django_db(transaction=True)
def test_thirty_clients_with_one_alias_at_once_make_one_incident():
    genie = make_integration("opsgenie", rate_limit=0)

    answers = race(*[lambda: create(Client(), genie) for _ in range(30)])

    assert {answer.status_code for answer in answers} == {202}
    work()  # Those that would have waited for long are left to the engine.
    assert Incident.objects.count() == 1
    assert Alert.objects.get().count == 30


@pytest.mark.django_db(transaction=True)
def test_creating_and_closing_at_once_leaves_no_request_unanswered():
    genie = make_integration("opsgenie", rate_limit=0)
    create(Client(), genie)

    acts = [lambda: do(Client(), genie, "close"), lambda: create(Client(), genie)] * 8
    answers = race(*acts)

    assert {answer.status_code for answer in answers} == {202}
    work()
    assert Alert.objects.filter(closed_at=None).count() <= 1
    assert not InboundMessage.objects.pending().exists()
