"""A fake that checks what Google's Chat API checks, and signs as Google Chat does."""

import json
import time
from urllib.parse import parse_qs, parse_qsl, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.notifications.providers.fakes import Vendor, provider_of
from tests.notifications.providers.teams_api import KEY, jwk_of

GOOGLE = provider_of("googlechat_app", "googlechat_app")
ACCOUNT_KEY = rsa.generate_private_key(65537, 2048)
PEM = ACCOUNT_KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
EMAIL = "ops@project.iam.gserviceaccount.com"
NUMBER = GOOGLE.example["project_number"]
ACCOUNT = {
    "project_number": NUMBER,
    "service_account_key": json.dumps({"client_email": EMAIL, "private_key": PEM}),
}
CONFIG = ACCOUNT | {"callback_url": "https://ops.example/callbacks/x/"}
JANE, DIRECT, ROOM = "users/1042", "spaces/DM1", "spaces/AAA"
PERSON, CHANNEL = {"to": JANE}, {"to": ROOM}
ISSUER = "chat@system.gserviceaccount.com"


class Chat(Vendor):
    """Answers for Google's login, for the published keys, and for the API."""

    def __init__(self, receiver):
        super().__init__(receiver, self.judge_all)
        self.keys, self.tokens, self.messages = [jwk_of(KEY, "g1")], 0, {}

    def judge_all(self, method, path, headers, body):
        url = urlsplit(path)
        if url.path == "/keys":
            return 200, {"keys": self.keys}
        if url.path == "/token":
            return self.judge_login(dict(parse_qsl(body.decode())))
        if headers.get("Authorization") != f"Bearer token-{self.tokens}":
            return error(401, "UNAUTHENTICATED")
        if url.path == "/v1/spaces:findDirectMessage":
            found = parse_qs(url.query)["name"] == [JANE]
            return (200, {"name": DIRECT}) if found else error(404, "NOT_FOUND")
        return self.judge_message(method, url, json.loads(body))

    def judge_login(self, form):
        try:
            claims = jwt.decode(
                form["assertion"],
                ACCOUNT_KEY.public_key(),
                algorithms=["RS256"],
                audience=f"{self.url}/token",
                issuer=EMAIL,
            )
        except jwt.PyJWTError:
            return 400, {"error": "invalid_grant", "error_description": "Invalid JWT Signature."}
        if claims["scope"] != "https://www.googleapis.com/auth/chat.bot":
            return 400, {"error": "invalid_scope"}
        self.tokens += 1
        return 200, {"access_token": f"token-{self.tokens}", "expires_in": 3599}

    def judge_message(self, method, url, parts):
        place, _, name = url.path.removeprefix("/v1/").partition("/messages")
        if place not in (ROOM, DIRECT):
            return error(404, "NOT_FOUND")
        if len(json.dumps(parts, ensure_ascii=False).encode()) > 32_000 or not parts["text"]:
            return error(400, "INVALID_ARGUMENT")
        name = name or f"/M{len(self.messages) + 1}"
        full = f"{place}/messages{name}"
        if method == "PATCH" and full not in self.messages:
            return error(404, "NOT_FOUND")
        self.messages[full] = self.messages.get(full, {}) | parts
        return 200, {"name": full}

    @property
    def last(self):
        return list(self.messages.values())[-1]

    @property
    def buttons(self):
        (section,) = self.last["cardsV2"][0]["card"]["sections"]
        lists = [one["buttonList"]["buttons"] for one in section["widgets"] if "buttonList" in one]
        return [button for buttons in lists for button in buttons]


def error(status, name):
    return status, {"error": {"code": status, "message": "No.", "status": name}}


def token_of(*, key=KEY, kid="g1", age=0, **claims):
    now = int(time.time()) - age
    said = {"iss": ISSUER, "aud": NUMBER, "iat": now, "exp": now + 3600} | claims
    return jwt.encode(said, key, algorithm="RS256", headers={"kid": kid})


def event_of(kind, *, place=ROOM, by=JANE, **fields):
    return {
        "type": kind,
        "eventTime": "2026-01-23T10:30:05.123456Z",
        "user": {"name": by, "displayName": "Jane", "type": "HUMAN"},
        "space": {"name": place, "type": "DM" if place == DIRECT else "ROOM"},
        **fields,
    }


def press_of(value, **fields):
    message = {"name": f"{ROOM}/messages/M1", "thread": {"name": f"{ROOM}/threads/T1"}}
    common = {"invokedFunction": "acknowledge", "parameters": {"value": value}}
    return event_of("CARD_CLICKED", **({"message": message, "common": common} | fields))


def written(text, **fields):
    return event_of(
        "MESSAGE", message={"name": f"{ROOM}/messages/M7", "argumentText": text}, **fields
    )
