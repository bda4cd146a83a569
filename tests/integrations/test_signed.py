import gzip
import hashlib
import hmac
import json
import time

import pytest

from integrations import verbs
from integrations.models import InboundMessage
from integrations.signatures import PROVIDERS
from tests.factories import make_integration
from tests.integrations.posting import FAILURE, log, post, work

pytestmark = pytest.mark.django_db
SECRET = "s3cret"
BODY = json.dumps(FAILURE).encode()


def make_signed(provider):
    return make_integration(signature_provider=provider, signature_secret=SECRET)


def signed(provider, *, secret=SECRET, prefix=None, body=BODY, at=None):
    """The headers by which a provider proves a body."""
    signer = PROVIDERS[provider]
    stamp = str(int(at or time.time()))
    text = signer.signed.replace("{timestamp}", stamp).encode()
    content = text.replace(b"{body}", body)
    digest = hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()
    value = secret if signer.algorithm == "token" else digest
    prefix = signer.prefix if prefix is None else prefix
    headers = {signer.headers[0]: f"{prefix}{value}"}
    if signer.timestamp_headers:
        headers[signer.timestamp_headers[0]] = stamp
    return headers


@pytest.mark.parametrize("provider", PROVIDERS)
def test_what_is_signed_is_taken(client, provider):
    answer = post(client, make_signed(provider), BODY, headers=signed(provider))

    assert answer.status_code == 202


@pytest.mark.parametrize("prefix", ["sha256=", ""])
@pytest.mark.parametrize("provider", ["github", "bitbucket", "generic"])
def test_the_prefix_may_be_there_or_not(client, provider, prefix):
    answer = post(client, make_signed(provider), BODY, headers=signed(provider, prefix=prefix))

    assert answer.status_code == 202


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("fault", ["no header", "another secret"])
def test_what_is_not_proven_is_401_and_shown_as_rejected(client, provider, fault):
    headers = {} if fault == "no header" else signed(provider, secret="guess")

    answer = post(client, make_signed(provider), BODY, headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (401, "bad_signature")
    assert log() == ["Rejected"]
    assert InboundMessage.objects.get().reason.startswith("Signature refused: ")
    assert work() == 0


@pytest.mark.parametrize("provider", [key for key in PROVIDERS if key != "gitlab"])
def test_a_signature_holds_for_one_body_alone(client, provider):
    headers = signed(provider, body=b"{}")

    assert post(client, make_signed(provider), BODY, headers=headers).status_code == 401


@pytest.mark.parametrize("provider", [key for key, s in PROVIDERS.items() if s.timestamp_headers])
@pytest.mark.parametrize("age", [301, -301])
def test_what_was_signed_long_ago_or_ahead_is_401(client, provider, age):
    headers = signed(provider, at=time.time() - age)

    assert post(client, make_signed(provider), BODY, headers=headers).status_code == 401


def test_the_bytes_that_were_sent_are_signed_not_what_they_unpack_to(client):
    packed = gzip.compress(BODY)
    headers = signed("generic", body=packed)

    answer = post(
        client, make_signed("generic"), packed, headers=headers, HTTP_CONTENT_ENCODING="gzip"
    )

    assert answer.status_code == 202


def test_while_a_secret_is_changed_both_are_taken(client):
    integration = make_integration(signature_provider="generic", signature_secret="new\nold\n")

    for secret in ("new", "old"):
        headers = signed("generic", secret=secret)
        assert post(client, integration, BODY, headers=headers).status_code == 202


def test_the_template_says_how_its_vendor_signs(client):
    integration = make_integration("bitbucket", signature_secret=SECRET)

    answer = post(client, integration, BODY, headers=signed("bitbucket"))

    assert answer.status_code == 202


def test_a_test_by_a_person_needs_no_signature():
    integration = make_signed("generic")

    assert verbs.send_sample(integration.pk).get_status_display() == "Mapped"
