"""Alerts that come by Opsgenie's Alert API, and how that shows them."""

import re
import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from incidents.models import Alert, Incident
from integrations.models import InboundMessage
from tests.factories import make_integration
from tests.integrations.opsgenie import create, do, get, send, status_of
from tests.integrations.posting import log, work
from tests.threads import race

pytestmark = pytest.mark.django_db


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


def test_a_long_message_is_taken(client, genie):
    create(client, genie, message="x" * 5000, alias="y" * 512)

    assert len(Incident.objects.get().title) == 1024


def test_unknown_fields_and_a_nameless_team_are_taken(client, genie):
    answer = create(
        client, genie, extra={"a": 1}, tags=[""], responders=[{"type": "team", "name": ""}]
    )

    assert status_of(client, genie, answer)["success"] is True


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
