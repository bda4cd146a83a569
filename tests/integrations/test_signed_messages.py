"""Signed messages on their way in: refused and kept, or taken."""

import gzip
import json
import time

import pytest

from integrations.models import InboundMessage, Integration
from integrations.setup import replay, security
from integrations.signatures import keyring
from tests.factories import make_integration
from tests.integrations.posting import FAILURE, log, post, work
from tests.integrations.signing import FORM, SECRET, SENDERS, TIMED, b64, hexed, secret_for

pytestmark = pytest.mark.django_db
BODY = json.dumps(FAILURE).encode()
PORTAL = "http://testserver"


def make_signed(provider, secret=None):
    return make_integration(
        signature_provider=provider, signature_secret=secret or secret_for(provider)
    )


def post_signed(client, integration, provider, *, secret=None, body=BODY, at=None):
    headers = SENDERS[provider](secret or secret_for(provider), body, int(at or time.time()))
    return post(client, integration, body, headers=headers)


# These two sign the address that they post to as well: see below.
BY_BODY = [name for name in SENDERS if name not in ("trello", "twilio")]


@pytest.mark.parametrize("provider", BY_BODY)
def test_what_is_signed_is_taken(client, provider):
    answer = post_signed(client, make_signed(provider), provider)

    assert answer.status_code == 202


@pytest.mark.parametrize("provider", BY_BODY)
@pytest.mark.parametrize("fault", ["no header", "another secret"])
def test_what_is_not_proven_is_401_and_shown_as_rejected(client, provider, fault):
    integration = make_signed(provider)

    if fault == "no header":
        answer = post(client, integration, BODY)
    else:
        answer = post_signed(client, integration, provider, secret="b3RoZXI=")

    assert (answer.status_code, answer.json()["code"]) == (401, "bad_signature")
    assert log() == ["Rejected"]
    assert InboundMessage.objects.get().reason.startswith("Signature refused: ")
    assert work() == 0


@pytest.mark.parametrize("provider", TIMED)
@pytest.mark.parametrize("age", [310, -310])
def test_what_was_signed_long_ago_or_ahead_is_401(client, provider, age):
    answer = post_signed(client, make_signed(provider), provider, at=time.time() - age)

    assert answer.status_code == 401
    assert "at most 5 minutes are allowed" in InboundMessage.objects.get().reason


def test_the_address_is_signed_as_the_sender_knows_it(client, settings):
    settings.SITE_URL = "https://ops.example.com"
    integration = make_signed("trello")
    url = f"https://ops.example.com/POSTAlert/{integration.token}/it"

    good = {"X-Trello-Webhook": b64(SECRET, BODY, url, algorithm="sha1")}
    other = {"X-Trello-Webhook": b64(SECRET, BODY, url + "?x=1", algorithm="sha1")}

    assert post(client, integration, BODY, headers=good).status_code == 202
    assert post(client, integration, BODY, headers=other).status_code == 401


def test_a_form_of_twilio_is_signed_with_its_address(client, settings):
    settings.SITE_URL = "https://ops.example.com"
    integration = make_signed("twilio")
    url = f"https://ops.example.com/POSTAlert/{integration.token}/it"
    fields = 'AccountSidAC1LevelERRORPayload{"a":1}'
    headers = {"X-Twilio-Signature": b64(SECRET, url, fields, algorithm="sha1")}

    answer = post(
        client,
        integration,
        FORM,
        headers=headers,
        content_type="application/x-www-form-urlencoded",
    )

    assert answer.status_code == 202


def test_the_bytes_that_were_sent_are_signed_not_what_they_unpack_to(client):
    packed = gzip.compress(BODY)
    headers = {"X-Signature": hexed(SECRET, packed)}

    answer = post(
        client, make_signed("generic"), packed, headers=headers, HTTP_CONTENT_ENCODING="gzip"
    )

    assert answer.status_code == 202


def test_while_a_secret_is_exchanged_both_are_taken_and_then_the_new_one_alone(client):
    integration = make_signed("generic", "old")
    security.add_secret(integration.pk, "new")
    both = [post_signed(client, integration, "generic", secret=s) for s in ("old", "new")]
    old = keyring.read(Integration.objects.get().signature_secret)[0]

    security.remove_secret(integration.pk, old.id)

    after = [post_signed(client, integration, "generic", secret=s) for s in ("old", "new")]
    assert [answer.status_code for answer in both] == [202, 202]
    assert [answer.status_code for answer in after] == [401, 202]


def test_secrets_that_an_older_version_has_stored_are_still_good(client):
    integration = make_integration(signature_provider="generic", signature_secret="new\nold\n")

    for secret in ("new", "old"):
        assert post_signed(client, integration, "generic", secret=secret).status_code == 202


def test_a_way_to_sign_that_was_described_is_held(client):
    integration = make_integration()
    security.change_signature(
        integration.pk, "custom", SECRET, {"header": "X-Mine", "prefix": "mine:"}
    )

    good = post(client, integration, BODY, headers={"X-Mine": f"mine:{hexed(SECRET, BODY)}"})
    bad = post(client, integration, BODY, headers={"X-Mine": f"mine:{hexed('x', BODY)}"})

    assert (good.status_code, bad.status_code) == (202, 401)


def test_the_template_says_how_its_vendor_signs(client):
    integration = make_integration("bitbucket", signature_secret=SECRET)

    assert post_signed(client, integration, "bitbucket").status_code == 202


def test_a_test_by_a_person_needs_no_signature():
    integration = make_signed("generic")

    assert replay.send_sample(integration.pk).get_status_display() == "Mapped"
