"""Who is on call, as clients of other pagers and telephone systems ask for it."""

from datetime import UTC, datetime, timedelta

import opsgenie_sdk
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from opsgenie_sdk.api_client import ApiClient
from pagerduty import RestApiV2Client

from escalation.actions.overrides import OverrideDraft, Span, add_override
from escalation.models import Schedule
from tests.api import make_key, make_person
from tests.factories import (
    add_step,
    make_integration,
    make_policy,
    make_schedule,
    make_user,
)
from tests.integrations.on_call import AT, CHANGE, get
from tests.integrations.tls import tls_server  # noqa: F401 - a fixture
from tests.rows import each


def data_of(client, key, path, **query):
    answer = get(client, key, path, **query)
    assert answer.status_code == 200, answer.content
    return answer.json()["data"]


def test_opsgenie_says_who_is_on_call_flat_and_with_ids(client, key, rota):
    schedule, ana, _ = rota
    path = f"/v2/schedules/{schedule.pk}/on-calls"

    parent = {"id": str(schedule.pk), "name": "Payments", "enabled": True}
    flat = data_of(client, key, path, flat="true", date=AT)
    assert flat == {"_parent": parent, "onCallRecipients": [ana.email]}
    whole = data_of(client, key, path, date=AT)
    person = {"id": str(ana.pk), "name": ana.email, "type": "user"}
    assert whole == {"_parent": parent, "onCallParticipants": [person]}


def test_opsgenie_says_who_is_next(client, key, rota):
    schedule, _, bo = rota
    path = f"/v2/schedules/{schedule.name}/next-on-calls"
    named = {"scheduleIdentifierType": "name", "date": AT}

    flat = data_of(client, key, path, flat="true", **named)
    assert flat["exactNextOnCallParticipants"] == flat["nextOnCallParticipants"] == [bo.email]
    whole = data_of(client, key, path, **named)
    assert [one["name"] for one in whole["exactNextOnCallRecipients"]] == [bo.email]


def test_a_schedule_keeps_the_id_that_it_had_at_the_pager_it_came_from(client, key, rota):
    schedule, ana, _ = rota
    Schedule.objects.filter(pk=schedule.pk).update(source="opsgenie", source_id="7c1-a")

    found = data_of(client, key, "/v2/schedules/7c1-a/on-calls", flat="true", date=AT)

    assert found["_parent"]["id"] == "7c1-a"
    assert found["onCallRecipients"] == [ana.email]


def test_the_timeline_has_each_shift_and_what_changed_it(client, key, rota):
    schedule, ana, bo = rota
    start = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=1)
    cy = make_user("Cy")
    add_override(schedule, OverrideDraft(span=Span(start, start + timedelta(hours=2)), people=[cy]))

    found = data_of(
        client, key, f"/v2/schedules/{schedule.pk}/timeline",
        date=(start - timedelta(hours=1)).isoformat(), interval="1", intervalUnit="days",
    )  # fmt: skip

    (rotation,) = found["finalTimeline"]["rotations"]
    of_cy = [one for one in rotation["periods"] if one["recipient"]["name"] == cy.email]
    assert [(one["type"], one["startDate"]) for one in of_cy] == [
        ("override", f"{start:%Y-%m-%dT%H:%M:%S}.000Z")
    ]
    others = {one["recipient"]["name"] for one in rotation["periods"]} - {cy.email}
    assert others
    assert others <= {ana.email, bo.email}
    assert rotation["periods"][-1]["endDate"] == found["endDate"]


def test_all_schedules_at_once(client, key, rota):
    assert data_of(client, key, "/v2/schedules/on-calls", flat="true", date=CHANGE)[0][
        "onCallRecipients"
    ] == [rota[2].email]


def test_all_schedules_cost_as_many_queries_as_one(client, key, rota):
    data_of(client, key, "/v2/schedules/on-calls")
    with CaptureQueriesContext(connection) as one:
        data_of(client, key, "/v2/schedules/on-calls")
    for number in range(4):
        make_schedule(make_user(), name=f"Other {number}")
    with CaptureQueriesContext(connection) as five:
        assert len(data_of(client, key, "/v2/schedules/on-calls")) == 5
    assert len(five) == len(one)


@each(
    ("url", "status"),
    [
        ("/v2/schedules/999999/on-calls", 404),
        ("/v2/schedules/{}/on-calls?date=soon", 422),
        ("/v2/schedules/{}/timeline?interval=3&intervalUnit=years", 422),
        ("/v2/schedules/{}/timeline?interval=14&intervalUnit=months", 422),
    ],
)
def test_what_opsgenie_refuses(client, key, rota, url, status):
    answer = get(client, key, url.format(rota[0].pk))

    assert answer.status_code == status
    assert answer.json()["message"]


@each(
    "path",
    [
        "/v2/schedules/{}/on-calls",
        "/v2/schedules/{}/next-on-calls",
        "/v2/schedules/{}/timeline",
        "/oncalls",
        "/oncall/{}.txt",
        "/oncall/{}.ics",
    ],
)
def test_only_a_key_with_the_scope_reads(client, rota, path):
    url = path.format(rota[0].pk)
    other = make_key(make_person("Owner"), "schedules:read")
    integration = make_integration("opsgenie")

    assert client.get(url).status_code == 401
    assert get(client, integration.token, url).status_code == 401
    assert get(client, other, url).status_code == 403


def test_the_key_of_somebody_without_a_role_sees_no_schedule(client, rota):
    key = make_key(make_person(), "oncall:read")

    assert get(client, key, f"/v2/schedules/{rota[0].pk}/on-calls").status_code == 404
    assert get(client, key, "/oncalls").json()["oncalls"] == []


@pytest.mark.django_db(transaction=True)
def test_published_clients_read_who_is_on_call(tls_server, monkeypatch):  # noqa: F811
    monkeypatch.setenv("SSL_CERT_FILE", tls_server.authority)
    key = make_key(make_person("Owner"), "oncall:read")
    people = [make_user("Ana"), make_user("Bo")]
    schedule = make_schedule(*people)
    for number in range(30):
        add_step(make_policy(name=f"P{number}"), people[0])

    with RestApiV2Client(key, base_url=tls_server.url, verify=tls_server.trust) as client:
        found = client.list_all("oncalls", params={"include": ["users"]})
        assert len(found) == 31
        assert {one["user"]["email"] for one in found} <= {one.email for one in people}

    settings = opsgenie_sdk.configuration.Configuration()
    settings.host, settings.ssl_ca_cert = tls_server.url, tls_server.authority
    settings.api_key["Authorization"] = key
    settings.api_key_prefix["Authorization"] = "GenieKey"
    body, status, _ = ApiClient(settings).call_api(
        f"/v2/schedules/{schedule.pk}/on-calls", "GET", query_params=[("flat", "true")],
        auth_settings=["GenieKey"], response_type="object",
    )  # fmt: skip
    assert status == 200
    assert len(body["data"]["onCallRecipients"]) == 1
