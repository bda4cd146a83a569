"""Microsoft's Bot Framework, for tests: its keys, the tokens it signs, the activities it posts."""

import base64
import json
import time
import uuid
from itertools import count

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from integrations.setup import security
from tests.integrations.chats import make_chat

APP = "00112233-4455-6677-8899-aabbccddeeff"
PLACE = "https://smba.trafficmanager.net/emea/"
METADATA = "https://login.botframework.com/v1/.well-known/openidconfiguration"
JWKS = "https://login.botframework.com/v1/.well-known/keys"
KEY = rsa.generate_private_key(65537, 2048)
OTHER_KEY = rsa.generate_private_key(65537, 2048)
LINK = "https://teams.microsoft.com/l/message/19:abc@thread.tacv2/1764000000123?tenantId=tenant-1"
_activities = count(1)


def make_app(app_id=APP, **fields):
    """An integration of Teams with an app."""
    return security.change_chat_app(make_chat("teams", **fields).pk, app_id)


def publish(outside, *rows, jwks_uri=JWKS):
    """Microsoft answers with the address of its keys, and with the keys."""
    outside.answers_with(200, {"issuer": "https://api.botframework.com", "jwks_uri": jwks_uri})
    outside.answers_with(200, {"keys": list(rows or [row_of(KEY)])})


def row_of(key, kid="key-1", endorsements=("webchat", "msteams"), **fields):
    """A public key as Microsoft publishes it."""
    numbers = key.public_key().public_numbers()
    found = {"kty": "RSA", "use": "sig", "kid": kid, "x5t": kid}
    found |= {"n": _number(numbers.n), "e": _number(numbers.e)}
    if endorsements is not None:
        found["endorsements"] = list(endorsements)
    return found | fields


def _number(value):
    size = (value.bit_length() + 7) // 8
    return base64.urlsafe_b64encode(value.to_bytes(size, "big")).rstrip(b"=").decode()


def token(key=KEY, *, kid="key-1", algorithm="RS256", without=(), **claims):
    """A token of the Bot Framework; claims of another value take the place of the good ones."""
    now = int(time.time())
    good = {"serviceurl": PLACE, "iss": "https://api.botframework.com", "aud": APP}
    good |= {"nbf": now - 10, "exp": now + 3600}
    found = {name: value for name, value in (good | claims).items() if name not in without}
    return jwt.encode(found, key, algorithm=algorithm, headers={"kid": kid} if kid else None)


def action(name="submitAction", *, data=None, message=None, **fields):
    """What Teams posts when somebody chooses the action at a message."""
    payload = {
        "id": "1764000000123",
        "linkToMessage": LINK,
        "from": {"user": {"id": "aad-2", "displayName": "Kim Example"}},
        "body": {
            "contentType": "html",
            "content": '<div><p>Checkout answers 500 &amp; <at id="0">Lee</at> sees it</p>'
            "<p>every third order</p></div>",
        },
        **(message or {}),
    }
    value = {"commandId": "openIncident", "commandContext": "message", "messagePayload": payload}
    if data is not None:
        value["data"] = data
    return {
        "type": "invoke",
        "name": f"composeExtension/{name}",
        "id": f"f:6227496303224828{next(_activities):02}",
        "channelId": "msteams",
        "serviceUrl": PLACE,
        "from": {"id": "29:abc", "name": "Dana Example", "aadObjectId": "aad-1"},
        "conversation": {"id": "19:abc@thread.tacv2;messageid=1", "tenantId": "tenant-1"},
        "channelData": {"tenant": {"id": "tenant-1"}, "channel": {"id": "19:abc@thread.tacv2"}},
        "value": value,
        **fields,
    }


def post_action(client, integration, activity, bearer=None):
    """Post as the Bot Framework does; ``bearer`` '' posts without a token."""
    bearer = token() if bearer is None else bearer
    return client.post(
        f"/chat/teams/{integration.token}/actions/",
        json.dumps(activity),
        content_type="application/json; charset=utf-8",
        headers={"Authorization": f"Bearer {bearer}"} if bearer else {},
    )


def card_of(answer):
    """The card in the dialog of an answer."""
    assert answer.status_code == 200, answer.content
    dialog = answer.json()["task"]
    assert dialog["type"] == "continue"
    assert dialog["value"]["card"]["contentType"] == "application/vnd.microsoft.card.adaptive"
    return dialog["value"]["card"]["content"]


def said_in(answer):
    """What the card says, and where its buttons lead."""
    card = card_of(answer)
    lines = [run["text"] for block in card["body"] for run in block["inlines"]]
    return "\n".join(lines), [one["url"] for one in card["actions"]]


def any_app():
    return str(uuid.uuid4())
