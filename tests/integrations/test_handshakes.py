"""Tools that ask before they send, and those that want a certain answer."""

import json

import pytest
from django.utils import timezone

from incidents.models import Incident
from integrations.catalog import all_templates, handshakes, scaffold
from integrations.catalog.handshakes import HANDSHAKES, HandshakeRequest
from integrations.catalog.responses import fill
from integrations.catalog.template import read
from integrations.catalog.validation import check
from integrations.models import InboundMessage, Integration
from integrations.setup import integrations, security
from integrations.signatures import verify
from opsportal.lib.signatures.errors import BadSignature
from tests.factories import make_integration
from tests.integrations.posting import FAILURE, log, post, work
from tests.rows import each

VALIDATION = [
    {
        "eventType": "Microsoft.EventGrid.SubscriptionValidationEvent",
        "data": {"validationCode": "512d38b6"},
    }
]


@pytest.fixture
def speaking(monkeypatch, tmp_path):
    """Lets the template of our integration have a handshake, or an answer, of a tool."""

    def give(line):
        folder = scaffold.create("talker", home=tmp_path)
        text = (folder / "template.toml").read_text()
        (folder / "template.toml").write_text(f"{line}\n{text}")
        monkeypatch.setitem(all_templates(), "talker", read(folder))
        integration = make_integration()
        Integration.objects.filter(pk=integration.pk).update(template="talker")
        integration.refresh_from_db()
        return integration

    return give


def url_of(integration):
    return f"/POSTAlert/{integration.token}/it"


@pytest.mark.django_db
def test_okta_gets_its_challenge_back(client, speaking):
    integration = speaking('handshake = "okta"')

    answer = client.get(url_of(integration), headers={"X-Okta-Verification-Challenge": "abc"})

    assert (answer.status_code, answer.json()) == (200, {"verification": "abc"})


@pytest.mark.django_db
def test_the_log_says_that_there_was_a_handshake_and_nothing_opens(client, speaking):
    integration = speaking('handshake = "okta"')

    client.get(url_of(integration), headers={"X-Okta-Verification-Challenge": "abc"})

    row = InboundMessage.objects.get()
    assert (row.route, row.status, row.answer) == ("handshake", "ignored", 200)
    assert "Handshake" in row.reason
    assert work() == 0
    assert not Incident.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "body", "told"),
    [
        ("azure-event-grid", VALIDATION, {"validationResponse": "512d38b6"}),
        ("slack", {"type": "url_verification", "challenge": "3eZb"}, {"challenge": "3eZb"}),
    ],
)
def test_a_challenge_that_is_posted_is_answered_and_what_follows_is_mapped(
    client, speaking, name, body, told
):
    integration = speaking(f'handshake = "{name}"')

    shaken = post(client, integration, body)
    sent = post(client, integration, FAILURE)

    assert (shaken.status_code, shaken.json()) == (200, told)
    assert sent.status_code == 202
    assert InboundMessage.objects.filter(status="pending").count() == 1


@pytest.mark.django_db
def test_cloudevents_may_ask_with_options(client, speaking):
    integration = speaking('handshake = "cloudevents"')
    headers = {"WebHook-Request-Origin": "events.example", "WebHook-Request-Rate": "120"}

    answer = client.options(url_of(integration), headers=headers)

    assert answer.status_code == 200
    assert answer["WebHook-Allowed-Origin"] == "events.example"
    assert answer["WebHook-Allowed-Rate"] == "120"


@pytest.mark.django_db
def test_who_only_looks_whether_the_url_exists_is_told(client, speaking):
    integration = speaking('handshake = "trello-head"')

    assert client.head(url_of(integration)).status_code == 200
    assert client.get(url_of(integration)).status_code == 405


@pytest.mark.django_db
def test_the_address_that_confirms_a_topic_is_in_the_log(client, speaking):
    integration = speaking('handshake = "oracle-cloud"')
    address = "https://cell1.notification.example/confirm?t=1"

    post(client, integration, {}, headers={"X-OCI-NS-ConfirmationURL": address})

    assert address in InboundMessage.objects.get().reason


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "head", "options"])
def test_without_a_handshake_only_posts_are_taken(client, method):
    headers = {"X-Okta-Verification-Challenge": "abc", "WebHook-Request-Origin": "x"}

    answer = getattr(client, method)(url_of(make_integration()), headers=headers)

    assert answer.status_code == 405
    assert not InboundMessage.objects.exists()


@pytest.mark.django_db
def test_a_handshake_is_for_an_integration_that_is_enabled_and_an_address_that_may_send(
    client, speaking
):
    integration = speaking('handshake = "slack"')
    body = {"type": "url_verification", "challenge": "3eZb"}
    integrations.set_enabled(integration.pk, False)

    assert post(client, integration, body).status_code == 403

    integrations.set_enabled(integration.pk, True)
    security.change_networks(integration.pk, ["192.0.2.0/24"])

    assert post(client, integration, body).status_code == 403


@pytest.mark.django_db
def test_a_flood_of_handshakes_does_not_fill_the_log(client, speaking):
    integration = speaking('handshake = "trello-head"')

    for _ in range(105):
        assert client.head(url_of(integration)).status_code == 200

    assert InboundMessage.objects.count() == 100


@each("name", HANDSHAKES)
@each("body", [None, [], {}, "x", 3, [None], [{"eventType": "x"}], {"challenge": 7}])
@each("method", ["GET", "OPTIONS", "POST"])
def test_what_is_no_challenge_is_no_handshake(name, body, method):
    assert handshakes.reply_to(name, HandshakeRequest(method, {}, body)) is None


# Answers.


@pytest.mark.django_db
def test_a_tool_reads_the_answer_that_its_template_promises(client, speaking):
    integration = speaking('answer = { SessionID = "<SessionID>", RetCode = 0 }')

    answer = post(client, integration, {"SessionID": "s-1", "id": "1", "status": "triggered"})

    assert (answer.status_code, answer.json()) == (200, {"SessionID": "s-1", "RetCode": 0})
    assert log() == ["Pending"]


@pytest.mark.django_db
def test_a_refusal_is_never_answered_with_the_promised_words(client, speaking):
    integration = speaking("answer = { RetCode = 0 }")

    answer = post(client, integration, "no json")

    assert (answer.status_code, answer.json()["code"]) == (400, "unreadable")


def test_what_the_message_does_not_say_is_empty_in_the_answer():
    assert fill({"id": "<session.id>", "code": 0, "ok": True}, []) == {
        "id": "",
        "code": 0,
        "ok": True,
    }


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('handshake = "magic"', "handshake is one of"),
        ('answer = { id = "<a..b>" }', "answer.id"),
        ("answer = { list = [1] }", "answer.list"),
        ('confidence = "sure"', "confidence"),
        ("sources = []", "sources"),
    ],
)
def test_a_template_that_promises_what_cannot_be_is_a_problem(tmp_path, line, told):
    folder = scaffold.create("talker", home=tmp_path)
    key = line.partition(" ")[0]
    rows = (folder / "template.toml").read_text().splitlines()
    kept = [row for row in rows if not row.startswith(f"{key} =")]
    (folder / "template.toml").write_text("\n".join([line, *kept]))

    assert any(told in message for _, message in check(tmp_path))


# A token in the body.


def proof(provider, body, *, secrets=("s3cret",), url="", kind="application/json"):
    verify(provider, secrets, {}, body, timezone.now(), url=url, content_type=kind)


@pytest.mark.parametrize(
    ("provider", "body", "url"),
    [
        ("meraki", json.dumps({"sharedSecret": "s3cret"}).encode(), ""),
        ("statuscake", b"Token=s3cret&Status=Down", ""),
        ("statuscake", b"", "https://portal.example/POSTAlert/x/y?Token=s3cret"),
        ("rocketchat", b'{"token": "s3cret"}', ""),
    ],
)
def test_a_token_in_the_message_proves_it(provider, body, url):
    proof(provider, body, url=url)

    with pytest.raises(BadSignature, match="does not match"):
        proof(provider, body, secrets=("another",), url=url)


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b'{"sharedSecret": 7}', b"\xff", b'{"x":'])
def test_a_message_without_its_token_is_refused(body):
    with pytest.raises(BadSignature, match="no sharedSecret"):
        proof("meraki", body)


@pytest.mark.parametrize("secrets", [(), ("",)])
def test_without_a_secret_no_token_passes(secrets):
    with pytest.raises(BadSignature):
        proof("meraki", b'{"sharedSecret": ""}', secrets=secrets)
