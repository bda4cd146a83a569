import json

import pytest

from incidents.models import Alert
from integrations.catalog import find
from integrations.models import InboundMessage
from integrations.setup import integrations
from tests.factories import make_integration
from tests.integrations.posting import log, work


@pytest.fixture
def integration(db):
    return make_integration("slack-webhook")


def post(client, integration, body, **extra):
    extra.setdefault("content_type", "application/json")
    return client.post(f"/hooks/slack/{integration.token}", body, **extra)


def attachment(title, color="danger", **more):
    return {"attachments": [{"title": title, "color": color, **more}]}


def test_the_answer_is_ok_and_nothing_else(client, integration):
    answer = post(client, integration, {"text": "web-1 is down"})

    assert (answer.status_code, answer.content) == (200, b"ok")
    assert answer["Content-Type"].startswith("text/plain")


@pytest.mark.parametrize("path", ["/hooks/slack/{}", "/hooks/slack/{}/", "/hooks/{}"])
def test_the_addresses_of_slack_and_mattermost_open_it(client, integration, path):
    url = path.format(integration.token)

    assert client.post(url, {"text": "x"}, content_type="application/json").content == b"ok"


def test_a_form_with_the_message_in_payload_is_the_same(client, integration):
    for text in ("[CRITICAL] Backup of db-07", "[RESOLVED] Backup of db-07"):
        answer = client.post(
            f"/hooks/slack/{integration.token}", {"payload": json.dumps({"text": text})}
        )
        assert answer.content == b"ok"
    work()

    assert log() == ["Mapped (opened)", "Mapped (closed)"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (
            attachment("[FIRING:1] DiskFull (db1)", title_link="https://am.example.net/#/alerts"),
            attachment(
                "[RESOLVED] DiskFull (db1)", "good", title_link="https://am.example.net/#/alerts"
            ),
        ),
        (
            attachment("Lag on db-07", title_link="https://mon.example.net/17"),
            attachment("No lag on db-07", "#36a64f", title_link="https://mon.example.net/17"),
        ),
        (attachment("Queue is down"), attachment("Queue is back up", "#2EB886")),
        (attachment("Queue is down", "#f00"), attachment("Queue is up", "#bada55")),
        ({"text": "PROBLEM: web-1 is down"}, {"text": "RECOVERY: web-1 is up"}),
        ({"text": "DOWN: web-1"}, {"text": ":white_check_mark: web-1 is up"}),
    ],
)
def test_a_problem_and_its_end_are_one_alert(client, integration, first, second):
    for body in (first, second):
        post(client, integration, body)
    work()

    assert log() == ["Mapped (opened)", "Mapped (closed)"]


def test_two_groups_of_one_alertmanager_are_two_alerts(client, integration):
    """They have the same link; if one is over the other is not."""
    link = "https://am.example.net/#/alerts?receiver=portal"
    for name in ("DiskFull", "CpuHigh"):
        post(client, integration, attachment(f"[FIRING:1] {name} (db1)", title_link=link))
    post(client, integration, attachment("[RESOLVED] DiskFull (db1)", "good", title_link=link))
    work()

    assert Alert.objects.open().get().title == "[FIRING:1] CpuHigh (db1)"


def test_every_attachment_with_a_title_is_an_alert(client, integration):
    """L9: not the first alone."""
    both = attachment("web-1 is down")["attachments"] + attachment("web-2 is down")["attachments"]

    post(client, integration, {"attachments": [*both, {"color": "danger", "text": "see above"}]})
    work()

    assert Alert.objects.open().count() == 2


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ("{broken", b"invalid_payload"),
        ("[]", b"invalid_payload"),
        ({"payload": "{broken"}, b"invalid_payload"),
        ({"channel": "#ops"}, b"no_text"),
        ({"text": ""}, b"no_text"),
    ],
)
def test_what_is_no_message_is_400_with_the_word_of_slack_and_kept(client, integration, body, word):
    answer = post(client, integration, body)

    assert (answer.status_code, answer.content) == (400, word)
    assert log() == ["Mapping Failed"]


@pytest.mark.django_db
def test_an_unknown_key_is_404_and_nothing_is_kept(client):
    answer = client.post("/hooks/slack/nope", {"text": "x"}, content_type="application/json")

    assert (answer.status_code, answer.content) == (404, b"no_service")
    assert not InboundMessage.objects.exists()


def test_a_disabled_integration_is_403(client, integration):
    integrations.set_enabled(integration.pk, False)

    answer = post(client, integration, {"text": "x"})

    assert (answer.status_code, answer.content) == (403, b"action_prohibited")


@pytest.mark.django_db
def test_past_the_rate_it_is_429_and_kept(client):
    integration = make_integration("slack-webhook", rate_limit=1)

    answers = [post(client, integration, {"text": f"web-{n} is down"}) for n in range(2)]

    assert (answers[1].status_code, answers[1].content) == (429, b"rate_limited")
    assert InboundMessage.objects.count() == 2


@pytest.mark.parametrize("kind", ["uptime-kuma", "uptime-kuma-plain"])
def test_uptime_kuma_closes_what_it_opens(client, integration, kind):
    for name in (f"open-{kind}", f"close-{kind}"):
        post(client, integration, find("slack-webhook").sample(name).body)
    work()

    assert log() == ["Mapped (opened)", "Mapped (closed)"]
