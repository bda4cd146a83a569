"""What proves that Microsoft Teams posts to an app: tokens, and the keys that sign them."""

import hmac
import json
import time
from hashlib import sha256

import jwt
import pytest
import requests
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from incidents.models import Incident
from integrations.models import InboundMessage
from integrations.setup import integrations
from integrations.signatures.bot_framework_keys import KEYS
from tests.integrations.bots import (
    APP,
    JWKS,
    KEY,
    METADATA,
    OTHER_KEY,
    action,
    any_app,
    make_app,
    post_action,
    publish,
    row_of,
    token,
)
from tests.integrations.chats import make_chat, make_member, post_teams
from tests.integrations.posting import log

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_fetched_yet():
    KEYS.forget()


@pytest.fixture
def microsoft(outside):
    """Its keys, of which it is asked once."""
    publish(outside)
    return outside


@pytest.fixture
def app():
    return make_app()


@pytest.fixture
def dana():
    return make_member("teams")


def reason():
    return InboundMessage.objects.latest("pk").reason


# The token.


def public_pem():
    return KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def hs256(secret):
    """A token whose HMAC key is the public key, which everybody knows."""
    _, claims, _ = token().split(".")
    packed = jwt.utils.base64url_encode(
        json.dumps({"alg": "HS256", "kid": "key-1", "typ": "JWT"}).encode()
    ).decode()
    signed = f"{packed}.{claims}"
    digest = hmac.new(secret, signed.encode(), sha256).digest()
    return f"{signed}.{jwt.utils.base64url_encode(digest).decode()}"


@pytest.mark.parametrize(
    ("bearer", "why"),
    [
        (lambda: token(aud=any_app()), "for another app"),
        (lambda: token(iss="https://sts.example"), "not issued by the Bot Framework"),
        (lambda: token(exp=1_700_000_000), "has expired"),
        (lambda: token(nbf=4_000_000_000), "not valid yet"),
        (lambda: token(without=["exp"]), "lacks its issuer"),
        (lambda: token(without=["aud"]), "lacks its issuer"),
        (lambda: token(without=["iss"]), "lacks its issuer"),
        (lambda: token(without=["serviceurl"]), "serviceUrl is not the one"),
        (lambda: token(serviceurl="https://evil.example/"), "serviceUrl is not the one"),
        (lambda: token(OTHER_KEY), "signature of the token does not match"),
        (lambda: token(kid=""), "does not name its key"),
        (lambda: token(None, algorithm="none"), "not signed with RS256"),
        (lambda: hs256(public_pem()), "not signed with RS256"),
        (lambda: token(algorithm="RS512"), "not signed with RS256"),
        (lambda: "a.b.c", "damaged"),
        (lambda: "x", "damaged"),
        (lambda: token()[:-8] + "AAAAAAAA", "does not match"),
        (lambda: "", "holds no token"),
    ],
)
def test_what_microsoft_did_not_sign_for_this_app_is_401_and_kept_as_rejected(
    client, microsoft, app, bearer, why
):
    answer = post_action(client, app, action(), bearer())

    assert (answer.status_code, answer.json()["code"]) == (401, "bad_signature")
    assert log() == ["Rejected"]
    assert why in reason()
    assert not Incident.objects.exists()


def test_a_clock_that_is_off_by_four_minutes_is_forgiven(client, microsoft, app, dana):
    late = token(exp=int(time.time()) - 240)

    assert post_action(client, app, action(), late).status_code == 200


def test_an_activity_of_another_chat_is_401(client, microsoft, app, dana):
    """Who talks to the same app by another channel may write there what he likes."""
    assert post_action(client, app, action(channelId="directline")).status_code == 401


def test_a_key_that_may_not_sign_for_teams_is_no_proof(client, outside, app, dana):
    publish(outside, row_of(KEY, endorsements=["webchat"]))

    assert post_action(client, app, action()).status_code == 401


def test_a_key_that_does_not_say_for_whom_it_signs_is_taken(client, outside, app, dana):
    publish(outside, row_of(KEY, endorsements=None))

    assert post_action(client, app, action()).status_code == 200


def test_without_an_app_id_nothing_is_taken_and_nobody_is_asked(client, outside, dana):
    answer = post_action(client, make_chat("teams"), action())

    assert answer.status_code == 401
    assert "app id of the Teams app is not saved" in reason()
    assert outside.requests == []


def test_the_token_opens_no_other_door(client, outside, app, dana):
    body = json.dumps({"trigger": "x", "title": "forged"})
    headers = {"Authorization": f"Bearer {token()}"}

    for path in (f"/chat/teams/{app.token}/", f"/POSTAlert/{app.token}/x"):
        answer = client.post(path, body, content_type="application/json", headers=headers)
        assert answer.status_code == 401
    assert outside.requests == []


def test_the_secret_of_the_webhook_opens_no_actions(client, outside, app, dana):
    activity = post_teams(client, app, action())

    assert activity.status_code == 400
    assert not Incident.objects.exists()


def test_the_door_of_an_app_of_slack_is_404(client):
    slack = make_chat("slack")

    assert post_action(client, slack, action(), "x").status_code == 404


def test_a_disabled_integration_refuses(client, outside, app, dana):
    integrations.set_enabled(app.pk, False)

    assert post_action(client, app, action()).status_code == 403


# Where the keys come from.


def test_the_keys_are_fetched_once_from_where_the_metadata_says(client, microsoft, app, dana):
    for _ in range(2):
        assert post_action(client, app, action()).status_code == 200

    assert [request.url for request in microsoft.requests] == [METADATA, JWKS]


def test_a_new_key_is_found_by_asking_once_more(client, microsoft, app, dana):
    post_action(client, app, action())
    publish(microsoft, row_of(OTHER_KEY, "key-2"))

    answer = post_action(client, app, action(), token(OTHER_KEY, kid="key-2"))

    assert answer.status_code == 200
    assert len(microsoft.requests) == 4


def test_ids_that_somebody_makes_up_lead_to_microsoft_once(client, microsoft, app, dana):
    post_action(client, app, action())
    publish(microsoft)

    for kid in ("made-up-1", "made-up-2"):
        answer = post_action(client, app, action(), token(OTHER_KEY, kid=kid))
        assert answer.status_code == 401

    assert "does not publish" in reason()
    assert len(microsoft.requests) == 4


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/keys",
        "http://login.botframework.com/keys",
        "https://login.botframework.com@evil.example/keys",
        "https://login.botframework.com:8443/keys",
        "https://login.botframework.com.evil.example/keys",
        "https://[x",
        None,
    ],
)
def test_keys_from_another_host_are_not_fetched(client, outside, app, dana, address):
    publish(outside, jwks_uri=address)

    assert post_action(client, app, action()).status_code == 503
    assert [request.url for request in outside.requests] == [METADATA]
    assert not InboundMessage.objects.exists()


def test_while_microsoft_cannot_be_reached_teams_may_come_again(client, outside, app, dana):
    outside.fails_with(requests.ConnectionError())
    for _ in range(2):
        answer = post_action(client, app, action())
        assert answer.status_code == 503
    assert len(outside.requests) == 1  # The second one asks nobody, for half a minute.


@pytest.mark.parametrize("rows", [[{"kid": "key-1"}], ["x"], [row_of(KEY, n="!")]])
def test_keys_that_cannot_be_read_are_no_verdict(client, outside, app, dana, rows):
    publish(outside, *rows)

    assert post_action(client, app, action()).status_code == 503


def test_the_id_of_the_app_is_compared_as_microsoft_writes_it(client, microsoft, dana):
    app = make_app(APP.upper())

    assert post_action(client, app, action()).status_code == 200
