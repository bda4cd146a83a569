import pytest

from incidents.models import Alert
from integrations.catalog import find
from integrations.models import InboundMessage
from integrations.setup import adopt_key, heartbeats, integrations
from tests.factories import make_integration
from tests.integrations.posting import log, work

DOWN = {"title": "Shop is down", "message": "connect ECONNREFUSED", "state": "alerting"}
UP = {"title": "Shop is up", "message": "200 - OK", "state": "ok"}


@pytest.fixture
def integration(db):
    return make_integration("oncall-formatted-webhook")


def post(client, integration, body, kind="formatted_webhook", *, end="/", **extra):
    url = f"/integrations/v1/{kind}/{integration.token}{end}"
    extra.setdefault("content_type", "application/json")
    return client.post(url, body, **extra)


def test_the_answer_is_the_one_of_oncall(client, integration):
    answer = post(client, integration, DOWN)

    assert (answer.status_code, answer.content) == (200, b'"Ok."')
    assert answer["Content-Type"] == "application/json"


def test_the_url_of_the_integration_is_one_of_oncall(client, integration):
    answer = client.post(integration.url, DOWN, content_type="application/json")
    work()

    assert answer.content == b'"Ok."'
    assert log() == ["Mapped (opened)"]


def test_down_and_up_of_uptime_kuma_are_one_alert(client, integration):
    """D3: it sends no alert_uid."""
    for body in (DOWN, UP):
        post(client, integration, body)
    work()

    assert log() == ["Mapped (opened)", "Mapped (closed)"]
    assert Alert.objects.get().closed_at


def test_alert_uid_goes_before_the_title(client, integration):
    post(client, integration, {"alert_uid": "17", "title": "Slow", "state": "alerting"})
    post(client, integration, {"alert_uid": "17", "title": "Fast again", "state": "OK"})
    work()

    assert log() == ["Mapped (opened)", "Mapped (closed)"]


def test_a_message_without_any_field_it_knows_opens_all_the_same(client, integration):
    post(client, integration, {"unheard": "of"})
    work()

    assert Alert.objects.get().title == "Grafana OnCall: alert"


@pytest.mark.parametrize(
    ("kind", "template", "body"),
    [
        ("webhook", "generic-webhook", {"summary": "Disk full", "id": "d", "status": "down"}),
        ("alertmanager", "alertmanager", "open"),
        ("grafana_alerting", "grafana", "open"),
        ("grafana", "grafana", "open-legacy"),
        ("never-heard-of", "uptime-kuma", "open"),
    ],
)
@pytest.mark.django_db
def test_the_rules_of_the_integration_read_every_type(client, kind, template, body):
    integration = make_integration(template)
    if isinstance(body, str):
        body = find(template).sample(body).body

    answer = post(client, integration, body, kind)
    work()

    assert answer.content == b'"Ok."'
    assert log() == ["Mapped (opened)"]
    assert InboundMessage.objects.get().headers["x-oncall-type"] == kind


def test_without_the_slash_at_the_end_it_is_the_same(client, integration):
    assert post(client, integration, DOWN, end="").content == b'"Ok."'


@pytest.mark.django_db
def test_an_unknown_key_is_403_and_nothing_is_kept(client):
    answer = client.post("/integrations/v1/webhook/nope/", DOWN, content_type="application/json")

    assert (answer.status_code, list(answer.json())) == (403, ["detail"])
    assert not InboundMessage.objects.exists()


def test_what_cannot_be_read_is_400_and_kept(client, integration):
    answer = post(client, integration, "{broken")

    assert (answer.status_code, list(answer.json())) == (400, ["detail"])
    assert log() == ["Mapping Failed"]


@pytest.mark.django_db
def test_past_the_rate_it_is_429_in_words_and_kept(client):
    integration = make_integration("oncall-formatted-webhook", rate_limit=1)
    post(client, integration, DOWN)

    answer = post(client, integration, UP)

    assert answer.status_code == 429
    assert answer["Content-Type"].startswith("text/plain")
    assert int(answer["Retry-After"]) >= 1
    assert InboundMessage.objects.count() == 2


def test_a_disabled_integration_says_403(client, integration):
    integrations.set_enabled(integration.pk, False)

    assert post(client, integration, DOWN).status_code == 403


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.django_db
def test_a_beat_at_the_address_of_the_alerts_beats_the_heartbeat_beside_it(client, method):
    alerts = make_integration("oncall-formatted-webhook")
    beats = heartbeats.create_heartbeat(name="Cron", service=alerts.service, every_seconds=60)
    adopt_key.adopt_token(beats.pk, f"{alerts.token}.heartbeat")

    answer = getattr(client, method)(f"/integrations/v1/webhook/{alerts.token}/heartbeat/")

    assert (answer.status_code, answer.content) == (200, b'":)"')
    beats.heartbeat.refresh_from_db()
    assert beats.heartbeat.last_ping_at


def test_a_beat_where_no_heartbeat_is_opens_nothing(client, integration):
    answer = client.post(f"/integrations/v1/webhook/{integration.token}/heartbeat/")

    assert answer.content == b'":)"'
    assert log() == []


@pytest.mark.django_db
def test_a_beat_with_an_unknown_key_is_403(client):
    assert client.get("/integrations/v1/webhook/nope/heartbeat/").status_code == 403
