"""Change events by PagerDuty's route; the pages and the API of changes."""

from datetime import timedelta

import pytest
from django.utils import timezone

from incidents.actions import changes
from incidents.models import Change, Incident
from integrations.models import InboundMessage
from integrations.setup import replay
from tests.api import owner
from tests.factories import make_alert, make_incident, make_integration, make_service, make_team
from tests.integrations.posting import enqueue, event, log, work
from tests.pages import browser, make_person, words

pytestmark = pytest.mark.django_db


def change(summary="Deployed 1.2", **fields):
    payload = {"summary": summary, "source": "ci", **fields.pop("payload", {})}
    return {"payload": payload, **fields}


def send(client, integration, body):
    body = {"routing_key": integration.token, **body}
    return client.post("/v2/change/enqueue", body, content_type="application/json")


@pytest.mark.parametrize("path", ["/v2/change/enqueue", "/v2/change/enqueue/"])
def test_a_change_is_answered_as_clients_expect_and_pages_nobody(client, path):
    integration = make_integration("odown")
    body = {"routing_key": integration.token, **change()}

    answer = client.post(path, body, content_type="application/json")
    work()

    assert answer.status_code == 202
    assert answer.json() == {"status": "success", "message": "Change event processed"}
    assert log() == ["Mapped (changed)"]
    assert Change.objects.get().service == integration.service
    assert not Incident.objects.exists()


def test_a_change_keeps_what_its_sender_says(client):
    integration = make_integration("events-api-v2")
    body = change(
        payload={
            "timestamp": "2026-03-02T10:15:00+01:00",
            "custom_details": {"build": 7, "by": {"name": "Bo"}},
        },
        links=[
            {"href": "https://ci.example.net/7", "text": "Build"},
            {"href": "javascript:alert(1)", "text": "no"},
            "nonsense",
        ],
        images=[{"src": "https://ci.example.net/7.png"}],
    )

    send(client, integration, body)
    work()

    row = Change.objects.get()
    assert (row.summary, row.source, row.via) == ("Deployed 1.2", "ci", integration.name)
    assert row.at.isoformat() == "2026-03-02T09:15:00+00:00"
    assert row.attributes == {"build": "7", "by": '{"name":"Bo"}'}
    assert row.links == [
        ["Build", "https://ci.example.net/7"],
        ["https://ci.example.net/7.png", "https://ci.example.net/7.png"],
    ]


@pytest.mark.parametrize(
    "timestamp", ["yesterday", "2026-99-99", 7, None, "0001-01-01T00:00:00+14:00"]
)
def test_a_time_that_is_none_is_the_time_of_arrival(client, timestamp):
    send(client, make_integration(), change(payload={"timestamp": timestamp}))
    work()

    assert abs(Change.objects.get().at - timezone.now()) < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"payload": None}, "'payload' is missing or no object"),
        ({"payload": {"source": "ci"}}, "'payload.summary' is missing or blank"),
        ({"payload": {"summary": " "}}, "'payload.summary' is missing or blank"),
        ({"payload": {"summary": 7}}, "'payload.summary' is missing or blank"),
    ],
)
def test_what_is_no_change_is_400_with_its_errors_and_is_kept(client, body, error):
    answer = send(client, make_integration(), body)

    assert (answer.status_code, answer.json()["status"]) == (400, "invalid event")
    assert answer.json()["errors"] == [error]
    assert log() == ["Mapping Failed"]


def test_without_a_key_that_is_known_nothing_is_kept(client):
    unknown = client.post(
        "/v2/change/enqueue",
        {"routing_key": "0" * 32, **change()},
        content_type="application/json",
    )
    missing = client.post("/v2/change/enqueue", change(), content_type="application/json")
    garbage = client.post("/v2/change/enqueue", b"{", content_type="application/json")

    assert (unknown.status_code, missing.status_code, garbage.status_code) == (401, 400, 400)
    assert not InboundMessage.objects.exists()


def test_past_the_rate_the_answer_is_the_one_that_clients_know(client):
    integration = make_integration(rate_limit=1)
    send(client, integration, change())

    answer = send(client, integration, change("Another"))
    work(now=timezone.now() + timedelta(minutes=5))

    assert (answer.status_code, answer.json()["status"]) == (429, "throttle exceeded")
    assert Change.objects.count() == 2


def test_changes_and_events_of_one_integration_do_not_hinder_each_other(client):
    integration = make_integration("events-api-v2")
    enqueue(client, integration, event())
    send(client, integration, change(summary="a\x00b"))
    enqueue(client, integration, event("resolve"))

    work()

    assert log() == ["Mapped (opened)", "Mapped (changed)", "Mapped (closed)"]


def test_a_change_can_be_replayed(client):
    send(client, make_integration(), change())
    work()
    message = InboundMessage.objects.get()

    dry = replay.dry_run(message.pk)
    replay.replay(message.pk)

    assert dry[0].result == "changed"
    assert Change.objects.count() == 2


@pytest.fixture
def ana():
    return make_person("Responder", name="Ana")


def test_an_incident_shows_what_changed_before_it(ana):
    service = make_service(team=make_team(ana))
    incident = make_incident(service)
    before = incident.opened_at - timedelta(minutes=12)
    changes.record_change(
        service, "Deployed 1.2", at=before, links=[["Build", "https://ci.example"]]
    )
    changes.record_change(service, "Too long ago", at=before - timedelta(days=2))

    page = words(browser(ana).get(f"/incidents/{incident.pk}/"))

    assert "12 min before" in page
    assert "Deployed 1.2" in page
    assert "Too long ago" not in page


def test_changes_in_other_services_of_the_team_come_second_and_those_of_others_never(ana):
    team = make_team(ana)
    service = make_service(team=team)
    sister, stranger = make_service(team=team, name="Sister"), make_service(team=make_team())
    incident = make_incident(service)
    for where, summary in ((service, "Mine"), (sister, "Hers"), (stranger, "Secret")):
        changes.record_change(where, summary, at=incident.opened_at - timedelta(minutes=5))

    page = words(browser(ana).get(f"/incidents/{incident.pk}/"))

    assert page.index("Mine") < page.index("In other services of") < page.index("Hers")
    assert "Secret" not in page


def test_the_list_is_narrowed_to_a_service_and_searched(ana):
    team = make_team(ana)
    first, second = make_service(team=team), make_service(team=team)
    changes.record_change(first, "Deployed shop", source="ci")
    changes.record_change(second, "Rotated keys", source="cron")
    changes.record_change(make_service(), "Secret")
    client = browser(ana)

    everything = words(client.get("/changes/"))
    of_first = words(client.get(f"/changes/?service={first.pk}"))
    searched = words(client.get("/changes/?q=cron"))

    assert "Deployed shop" in everything
    assert "Rotated keys" in everything
    assert "Secret" not in everything
    assert "Rotated keys" not in of_first
    assert "Deployed shop" not in searched


@pytest.mark.parametrize("query", ["service=x", "service=99999999999999999999", "page=x", "q=%00"])
def test_a_list_that_is_asked_for_nonsense_still_opens(ana, query):
    assert browser(ana).get(f"/changes/?{query}").status_code == 200


def test_the_api_takes_and_lists_changes():
    service = make_service(name="Shop")
    client = owner("events:write", "incidents:read")

    made = client.post(
        "/api/v1/changes/",
        {
            "service": "Shop",
            "summary": "Deployed 1.2",
            "links": [{"href": "https://ci.example.net/7"}],
            "attributes": {"build": 7},
        },
    )
    listed = client.get("/api/v1/changes/", {"service": service.pk, "search": "1.2"}).json()

    assert made.status_code == 201, made.content
    assert listed["results"] == [made.json()]
    assert made.json()["links"] == [
        {"href": "https://ci.example.net/7", "text": "https://ci.example.net/7"}
    ]
    assert made.json()["via"] == "API key a test"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"summary": ""}, "summary"),
        ({"service": 0}, "service"),
        ({"links": [{"href": "javascript:alert(1)"}]}, "links"),
        ({"attributes": []}, "attributes"),
        ({"at": "yesterday"}, "at"),
        ({"at": "0001-01-01T00:00:00+14:00"}, "at"),
    ],
)
def test_the_api_names_the_field_that_is_wrong(body, field):
    make_service(name="Shop")

    answer = owner().post("/api/v1/changes/", {"service": "Shop", "summary": "x", **body})

    assert answer.status_code == 400
    assert field in str(answer.json())


def test_a_key_that_may_only_read_reports_no_change():
    make_service(name="Shop")

    answer = owner("incidents:read").post("/api/v1/changes/", {"service": "Shop", "summary": "x"})

    assert answer.status_code == 403


def test_links_images_and_the_client_of_an_event_stand_on_its_incident_and_no_image_is_loaded(
    ana, client
):
    service = make_service(team=make_team(ana))
    integration = make_integration("events-api-v2", service=service)
    body = {
        **event(custom_details={"free": "1 %"}),
        "client": "Probe",
        "client_url": "https://probe.example.net/1",
        "links": [{"href": "https://wiki.example.net/disk", "text": "Runbook"}],
        "images": [{"src": "https://probe.example.net/1.png", "alt": "Graph"}],
    }
    enqueue(client, integration, body)
    work()

    page = browser(ana).get(f"/incidents/{Incident.objects.get().pk}/").content.decode()

    for text, address in (
        ("Runbook", "https://wiki.example.net/disk"),
        ("Graph", "https://probe.example.net/1.png"),
        ("Probe", "https://probe.example.net/1"),
    ):
        assert (
            f'<a href="{address}" rel="noopener noreferrer nofollow" target="_blank">{text}' in page
        )
    assert 'src="https://probe' not in page
    assert "<dt>free</dt><dd>1 %</dd>" in page


def test_an_alert_with_strange_details_is_shown(ana):
    service = make_service(team=make_team(ana))
    incident = make_incident(service)
    make_alert(
        incident, attributes={"links": "x", "tags": ["a"], "custom_fields": None, "more": {"a": 1}}
    )

    assert browser(ana).get(f"/incidents/{incident.pk}/").status_code == 200
