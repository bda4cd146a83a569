"""A fake that checks what the Bot Connector of Teams checks, and signs as it does."""

import json
import time
from urllib.parse import parse_qsl, unquote

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.notifications.providers.fakes import Vendor, make_account, provider_of

TEAMS = provider_of("teams_bot", "teams_bot")
JANE = "6f1c2a90-3f1b-4c59-9d5c-0d6a4f7f8e11"
PERSON = {"to": JANE}
CHANNEL = {"to": "19:abc123@thread.tacv2"}
GROUP = {"to": "19:0f0f@thread.v2"}
CONFIG = TEAMS.example | {"callback_url": "https://ops.example/callbacks/x/"}
CHAT = "a:1-chat-with-jane"
KEY = rsa.generate_private_key(65537, 2048)
ISSUER = "https://api.botframework.com"


def jwk_of(key, kid, endorsements=("msteams",)):
    public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key()))
    return {**public, "kid": kid, "endorsements": list(endorsements)}


class Connector(Vendor):
    """Answers for Microsoft's login, for the published keys, and for the connector."""

    def __init__(self, receiver):
        super().__init__(receiver, self.judge_all)
        self.keys, self.tokens = [jwk_of(KEY, "k1"), jwk_of(KEY, "k2", ["webchat"])], 0

    def judge_all(self, method, path, headers, body):
        if path == "/metadata":
            return 200, {"jwks_uri": f"{self.url}/keys"}
        if path == "/keys":
            return 200, {"keys": self.keys}
        if path.endswith("/oauth2/v2.0/token"):
            return self.judge_login(dict(parse_qsl(body.decode())), path)
        if headers.get("Authorization") != f"Bearer token-{self.tokens}":
            return 401, {"error": {"code": "Unauthorized", "message": "Authorization denied"}}
        return judge(method, unquote(path), json.loads(body))

    def judge_login(self, form, path):
        good = (CONFIG["app_id"], CONFIG["app_secret"], f"/{CONFIG['tenant_id']}")
        given = (form["client_id"], form["client_secret"], path.removesuffix("/oauth2/v2.0/token"))
        if given != good or form["scope"] != "https://api.botframework.com/.default":
            words = "AADSTS7000215: Invalid client secret provided."
            return 401, {"error": "invalid_client", "error_description": words}
        self.tokens += 1
        return 200, {"access_token": f"token-{self.tokens}", "expires_in": 3599}

    @property
    def said(self):
        """(path, parts) of what went to the connector."""
        found = [(unquote(path), body) for path, _, body in self.receiver.requests]
        return [(path, json.loads(body)) for path, body in found if path.startswith("/v3/")]


def judge(method, path, parts):
    if path == "/v3/conversations":
        if not parts["isGroup"]:
            return 201, {"id": CHAT} if parts["members"] == [{"id": JANE}] else {}
        thread = f"{parts['channelData']['channel']['id']};messageid=1700"
        return refused(parts["activity"]) or (201, {"id": thread, "activityId": "1700"})
    known = (CHAT, CHANNEL["to"], GROUP["to"])
    if not path.removeprefix("/v3/conversations/").startswith(known):
        return 404, {"error": {"code": "ConversationNotFound", "message": "Not found."}}
    return refused(parts) or (200 if method == "PUT" else 201, {"id": "1701"})


def refused(activity):
    if len(json.dumps(activity, ensure_ascii=False).encode()) > 28_000:
        return 413, {"error": {"code": "MessageSizeTooBig", "message": "Too big."}}
    cards = [one["content"] for one in activity.get("attachments", [])]
    texts = [activity.get("text")] if not cards else []
    good = all(card["version"] == "1.4" and card["body"] for card in cards) and all(texts)
    actions = [action for card in cards for action in card["actions"]]
    kinds = {"Action.OpenUrl": "url", "Action.Execute": "verb"}
    if not good or not all(action.get(kinds[action["type"]]) for action in actions):
        return 400, {"error": {"code": "BadSyntax", "message": "Bad card."}}
    return None


def token_of(url, *, key=KEY, kid="k1", age=0, **claims):
    now = int(time.time()) - age
    said = {
        "iss": ISSUER,
        "aud": CONFIG["app_id"],
        "nbf": now,
        "exp": now + 3600,
        "serviceurl": url,
    } | claims
    return jwt.encode(said, key, algorithm="RS256", headers={"kid": kid})


def activity_of(url, **fields):
    return {
        "channelId": "msteams",
        "serviceUrl": url,
        "id": "f:7001",
        "from": {"id": "29:1abc", "name": "Jane", "aadObjectId": JANE},
        "conversation": {"id": CHAT, "conversationType": "personal"},
        "channelData": {"tenant": {"id": CONFIG["tenant_id"]}},
        **fields,
    }


def press_of(url, value, **fields):
    action = {"type": "Action.Execute", "verb": "acknowledge", "data": {"value": value}}
    named = {"type": "invoke", "name": "adaptiveCard/action", "replyToId": "1701"}
    return activity_of(url, **named, value={"action": action}, **fields)


def make_bot():
    return make_account("teams_bot", "teams_bot", TEAMS.example)
