"""Slack and Microsoft Teams, for tests: what they post, signed by their own documents' words."""

import base64
import hashlib
import hmac
import json
import time
from itertools import count
from urllib.parse import urlencode

from integrations.chat.account_link import Claim
from integrations.setup import chat, security
from tests.api import make_person
from tests.factories import make_integration

SLACK_SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
TEAMS_KEY = b"a security token of thirty-two b"
FORM = "application/x-www-form-urlencoded"
PERSON = {"slack": ("T1", "U1"), "teams": ("tenant-1", "aad-1")}
_triggers = count(1)


def make_chat(provider="slack", **fields):
    """An integration whose secret is set."""
    secret = SLACK_SECRET if provider == "slack" else base64.b64encode(TEAMS_KEY).decode()
    integration = make_integration(f"{provider}-chat", **fields)
    return security.change_signature(integration.pk, provider, secret)


def make_member(provider="slack", *roles):
    """A person of ours who is the user of the chat that these tests post as."""
    person = make_person(*(roles or ["Owner"]))
    chat.link_chat_user(person, Claim(provider, *PERSON[provider], "dana"))
    return person


def slack_headers(body, *, secret=SLACK_SECRET, at=None):
    at = int(at or time.time())
    signed = b"v0:%d:%s" % (at, body)
    digest = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": str(at), "X-Slack-Signature": f"v0={digest}"}


def post_slack(client, integration, fields, *, headers=None, **signing):
    body = urlencode(fields).encode()
    signed = slack_headers(body, **signing) | (headers or {})
    url = f"/chat/slack/{integration.token}/"
    return client.post(url, body, content_type=FORM, headers=signed)


def slash(text, **fields):
    return {
        "token": "legacy",
        "team_id": "T1",
        "team_domain": "example",
        "channel_id": "C1",
        "channel_name": "shop",
        "user_id": "U1",
        "user_name": "dana",
        "command": "/incident",
        "text": text,
        "response_url": "https://hooks.slack.com/commands/T1/2/x",
        "trigger_id": f"13345224609.{next(_triggers)}.8088930838d88f008e0",
        **fields,
    }


def shortcut(text="Checkout answers 500", *, kind="message_action", **fields):
    payload = {
        "type": kind,
        "callback_id": "open_incident",
        "trigger_id": f"944799105734.{next(_triggers)}.38b1",
        "response_url": "https://hooks.slack.com/app/T1/3/y",
        "team": {"id": "T1", "domain": "example"},
        "channel": {"id": "C1", "name": "shop"},
        "user": {"id": "U1", "name": "dana"},
        "message": {"type": "message", "user": "U2", "ts": "1764000000.123456", "text": text},
        **fields,
    }
    return {"payload": json.dumps(payload)}


def mention(text, **fields):
    moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime())
    return {
        "type": "message",
        "id": f"17640000{next(_triggers):05}",
        "timestamp": f"{moment}.1234567Z",
        "serviceUrl": "https://smba.trafficmanager.net/emea/",
        "channelId": "msteams",
        "from": {"id": "29:abc", "name": "Dana Example", "aadObjectId": "aad-1"},
        "conversation": {"isGroup": True, "id": "19:abc@thread.tacv2;messageid=1763999999999"},
        "text": f"<p><at>OpsPortal</at>&nbsp;{text}</p>\n",
        "textFormat": "plain",
        "channelData": {
            "channel": {"id": "19:abc@thread.tacv2"},
            "team": {"id": "19:team@thread.tacv2"},
            "tenant": {"id": "tenant-1"},
        },
        **fields,
    }


def post_teams(client, integration, activity, *, key=TEAMS_KEY):
    body = json.dumps(activity).encode()
    digest = base64.b64encode(hmac.new(key, body, hashlib.sha256).digest()).decode()
    return client.post(
        f"/chat/teams/{integration.token}/",
        body,
        content_type="application/json; charset=utf-8",
        headers={"Authorization": f"HMAC {digest}"},
    )


def said(answer):
    """The text of an answer that the chat would show."""
    assert answer.status_code == 200, answer.content
    return answer.json()["text"]
