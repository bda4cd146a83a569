"""What Google Chat posts: presses of buttons, what is written to the app, and that it was Google.

https://developers.google.com/workspace/chat/receive-respond-interactions and
/chat/verify-requests-from-chat
"""

import json
import re
from collections.abc import Mapping
from typing import Any

import jwt
from django.utils.translation import gettext as _

from notifications.channels._base import Config
from notifications.channels._bots import link_to_add
from notifications.errors import CallbackRefused, CallbackUnsigned
from notifications.message.buttons import read_value
from notifications.providers._http import header, object_at
from notifications.providers._published_keys import PublishedKeys
from notifications.receipts import Callback, Heard, Reply

ISSUER = "chat@system.gserviceaccount.com"
KEYS_URL = f"https://www.googleapis.com/service_accounts/v1/jwk/{ISSUER}"
KEYS = PublishedKeys("Google", lambda: KEYS_URL)
LEEWAY_S = 300
JSON = "application/json"
PARAMETER = "value"
ASKS_FOR_ID = {"id", "start", "hello", "hi"}
LINK = re.compile(r"^link\s+(\S{1,100})$", re.IGNORECASE)
DIRECT = ("DM", "DIRECT_MESSAGE")
NOTHING = "{}"


def check_token(config: Config, callback: Callback) -> None:
    """Raises CallbackUnsigned unless Google Chat made this request for this project, and
    CannotVerify where its keys cannot be fetched now."""
    scheme, _, token = header(callback, "Authorization").partition(" ")
    try:
        key_id = jwt.get_unverified_header(token).get("kid") if scheme == "Bearer" else None
    except jwt.PyJWTError:
        key_id = None
    if not isinstance(key_id, str):
        raise CallbackUnsigned("The request brings no token of Google.")
    try:
        key = KEYS.find(key_id)
    except CallbackRefused as refusal:
        raise CallbackUnsigned(str(refusal)) from None
    try:
        jwt.decode(
            token,
            jwt.PyJWK(key, algorithm="RS256").key,
            algorithms=["RS256"],
            audience=config["project_number"],
            issuer=ISSUER,
            leeway=LEEWAY_S,
            options={"require": ["exp", "iss", "aud"]},
        )
    except jwt.PyJWTError as error:
        raise CallbackUnsigned(f"The token does not hold: {error}.") from None


def read(event: Mapping[str, Any]) -> Heard:
    """The press or the message of an event; nothing for any other."""
    kind = event.get("type")
    if kind == "CARD_CLICKED":
        return _press(event)
    if kind == "ADDED_TO_SPACE":
        return _introduction(event)
    return _message(event) if kind == "MESSAGE" else _nothing()


def _press(event: Mapping[str, Any]) -> Heard:
    parameters = object_at(event, "common", "parameters")
    command, paging_round = read_value(str(parameters.get(PARAMETER) or ""))
    if not command:
        return _nothing()
    person, message = _name(event, "user"), _name(event, "message")
    reply = Reply(
        address=person,
        text=command,
        event_id=f"press:{message}:{person}:{event.get('eventTime')}",
        in_reply_to=message,
        paging_round=paging_round,
        respond_to=_place(event, is_private=True),
    )
    return Heard(replies=(reply,), body=NOTHING, content_type=JSON)


def _message(event: Mapping[str, Any]) -> Heard:
    message = object_at(event, "message")
    text = str(message.get("argumentText") or message.get("text") or "").strip()
    if text.lower() in ASKS_FOR_ID:
        return _introduction(event)
    code = LINK.match(text)
    if not text or (code and not _is_direct(event)):
        return _nothing()
    reply = Reply(
        address=_name(event, "user"),
        text=text,
        code=code[1] if code else "",
        event_id=f"message:{_name(event, 'message')}",
        respond_to=_place(event, is_private=False),
        is_public=not _is_direct(event),
    )
    return Heard(replies=(reply,), body=NOTHING, content_type=JSON)


def _introduction(event: Mapping[str, Any]) -> Heard:
    """The ID to enter, as the answer to the request."""
    if _is_direct(event):
        person = _name(event, "user")
        words = _("Your ID is {id}. Add it in OpsPortal: {link}")
        text = words.format(id=person, link=link_to_add("googlechat_app", to=person))
    else:
        place = _name(event, "space")
        words = _("The ID of this space is {id}. Enter it in OpsPortal under Configure, Webhooks.")
        text = words.format(id=place)
    return Heard(body=json.dumps({"text": text}), content_type=JSON)


def _nothing() -> Heard:
    return Heard(body=NOTHING, content_type=JSON)


def _place(event: Mapping[str, Any], *, is_private: bool) -> str:
    """Where what came of it is told, and who alone sees it in a space of several."""
    viewer = _name(event, "user") if is_private and not _is_direct(event) else ""
    thread = object_at(event, "message", "thread").get("name")
    return json.dumps({"space": _name(event, "space"), "viewer": viewer, "thread": thread or ""})


def _is_direct(event: Mapping[str, Any]) -> bool:
    space = object_at(event, "space")
    return space.get("type") in DIRECT or space.get("spaceType") in DIRECT


def _name(event: Mapping[str, Any], what: str) -> str:
    return str(object_at(event, what).get("name") or "")
