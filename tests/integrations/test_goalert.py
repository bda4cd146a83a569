import base64

import pytest

from incidents.models import Alert, Incident
from integrations.catalog import find
from integrations.models import InboundMessage
from integrations.setup import heartbeats
from tests.factories import make_integration
from tests.integrations.posting import log, work

GENERIC = "/api/v2/generic/incoming"
DOWN = {"summary": "[Shop] [🔴 Down] connect ECONNREFUSED"}
UP = {"summary": "[Shop] [✅ Up] 200 - OK", "action": "close"}


@pytest.fixture
def integration(db):
    return make_integration("goalert")


def post(client, integration, body, **extra):
    """A form with its parts, as the test client and Uptime Kuma send it."""
    return client.post(f"{GENERIC}?token={integration.token}", body, **extra)


def test_success_is_204_without_a_word(client, integration):
    answer = post(client, integration, {"summary": "Disk full"})

    assert (answer.status_code, answer.content) == (204, b"")


@pytest.mark.parametrize(
    "send",
    [
        lambda client, url: client.post(url, {"summary": "Disk full", "details": "1 %"}),
        lambda client, url: client.post(
            url,
            "summary=Disk+full&details=1+%25",
            content_type="application/x-www-form-urlencoded",
        ),
        lambda client, url: client.post(
            url, {"summary": "Disk full", "details": "1 %"}, content_type="application/json"
        ),
        lambda client, url: client.post(
            f"{url}&summary=Disk%20full&details=1%20%25", "", content_type="text/plain"
        ),
    ],
    ids=["multipart", "form", "json", "query"],
)
def test_every_form_of_the_fields_opens_the_same_alert(client, integration, send):
    answer = send(client, f"{GENERIC}?token={integration.token}")
    work()

    assert answer.status_code == 204
    assert (Alert.objects.get().title, Alert.objects.get().long_text) == ("Disk full", "1 %")


def test_who_wants_json_learns_the_outcome(client, integration):
    first, second = (
        post(client, integration, {"summary": "Disk full"}, headers={"Accept": "application/json"})
        for _ in range(2)
    )

    incident = Incident.objects.get()
    found = {"AlertID": incident.pk, "ServiceID": str(integration.service_id)}
    assert first.json() == {**found, "IsNew": True}
    assert second.json() == {**found, "IsNew": False}


def test_close_with_the_same_dedup_closes_whatever_the_summary(client, integration):
    post(client, integration, {"summary": "Disk full", "dedup": "d"})
    post(client, integration, {"summary": "Room again", "dedup": "d", "action": "close"})
    work()

    assert log() == ["Mapped (opened)", "Mapped (closed)"]


def test_without_dedup_the_summary_is_the_identity(client, integration):
    for action in ("", "", "close"):
        post(client, integration, {"summary": "Disk full", "action": action})
    work()

    assert log() == ["Mapped (opened)", "Mapped Appended", "Mapped (closed)"]


def test_down_and_up_of_uptime_kuma_are_one_alert(client, integration):
    """D4: the text of its up is another than that of its down."""
    for body in (DOWN, UP):
        post(client, integration, body)
    work()

    assert log() == ["Mapped (opened)", "Mapped (closed)"]


def test_meta_is_shown_with_the_alert(client, integration):
    body = {"summary": "Disk full", "meta": {"region": "eu"}}

    post(client, integration, body, content_type="application/json")
    work()

    assert Alert.objects.get().attributes["custom_fields"] == {"region": "eu"}


def test_repeated_meta_of_a_form_is_shown_too(client, integration):
    post(client, integration, {"summary": "Disk full", "meta": ["region=eu", "team=db"]})
    work()

    assert Alert.objects.get().attributes["custom_fields"] == {"region": "eu", "team": "db"}


@pytest.mark.parametrize("name", ["token", "integrationKey", "integration_key", "key"])
def test_the_key_may_have_each_of_its_names_and_is_not_kept(client, integration, name):
    answer = client.post(f"{GENERIC}?{name}={integration.token}", {"summary": "Disk full"})

    assert answer.status_code == 204
    assert InboundMessage.objects.get().query == f"{name}=•••"


def test_the_key_may_come_in_a_form_or_as_bearer_or_as_a_password(client, integration):
    basic = base64.b64encode(f"x:{integration.token}".encode()).decode()
    body = {"summary": "Disk full"}

    answers = [
        client.post(GENERIC, {**body, "token": integration.token}),
        client.post(GENERIC, body, headers={"Authorization": f"Bearer {integration.token}"}),
        client.post(GENERIC, body, headers={"Authorization": f"Basic {basic}"}),
    ]

    assert [answer.status_code for answer in answers] == [204, 204, 204]


@pytest.mark.parametrize("header", ["", "Bearer nope", "Basic ???", "Basic bm8="])
@pytest.mark.django_db
def test_without_a_known_key_it_is_401_and_nothing_is_kept(client, header):
    answer = client.post(GENERIC, {"summary": "x"}, headers={"Authorization": header})

    assert (answer.status_code, answer.content) == (401, b"Unauthorized\n")
    assert not InboundMessage.objects.exists()


@pytest.mark.parametrize("body", [{"details": "x"}, {"summary": " "}])
def test_without_a_summary_it_is_400_and_kept(client, integration, body):
    answer = post(client, integration, body)

    assert (answer.status_code, answer.content) == (400, b"'summary' is missing or blank\n")
    assert log() == ["Mapping Failed"]


@pytest.mark.django_db
def test_past_the_rate_it_is_429_and_kept(client):
    integration = make_integration("goalert", rate_limit=1)

    answers = [post(client, integration, {"summary": f"Disk {n}"}) for n in range(2)]

    assert [answer.status_code for answer in answers] == [204, 429]
    assert InboundMessage.objects.count() == 2


@pytest.mark.parametrize(
    ("tool", "template"), [("prometheusalertmanager", "alertmanager"), ("grafana", "grafana")]
)
@pytest.mark.django_db
def test_the_address_of_a_tool_is_read_by_the_rules_of_the_integration(client, tool, template):
    integration = make_integration(template)
    pair = [find(template).sample(name).body for name in ("open", "close")]

    for body in pair:
        url = f"/api/v2/{tool}/incoming?token={integration.token}"
        assert client.post(url, body, content_type="application/json").status_code == 200
    work()

    assert log() == ["Mapped (opened)", "Mapped (closed)"]


@pytest.mark.django_db
def test_its_heartbeat_beats_ours(client):
    service = make_integration("goalert").service
    beats = heartbeats.create_heartbeat(name="Cron", service=service, every_seconds=60)

    answer = client.post(f"/api/v2/heartbeat/{beats.token}")

    beats.heartbeat.refresh_from_db()
    assert (answer.status_code, answer.content) == (200, b"")
    assert beats.heartbeat.last_ping_at


def test_an_unknown_heartbeat_is_404(client, integration):
    assert client.post(f"/api/v2/heartbeat/{integration.token}").status_code == 404
