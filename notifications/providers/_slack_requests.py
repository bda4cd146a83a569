"""What Slack posts to an app, or sends by its socket: commands, interactions, events. Pure.

https://docs.slack.dev/interactivity/implementing-slash-commands,
/reference/interaction-payloads and /reference/events/link_shared
"""

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from notifications.choices import ChatRequestKind
from notifications.errors import CallbackRefused
from notifications.message.slack_text import plain
from notifications.providers import _slack_presses
from notifications.receipts import ChatRequest, Heard
from opsportal.lib.text import clean

MAX_TEXT = 3000
MAX_LINKS = 10
Payload = dict[str, Any]


def payload_of(body: bytes) -> Payload:
    """The object in a body: JSON, a form with JSON in it, or a form. Raises CallbackRefused."""
    text = body.decode(errors="replace")
    try:
        if text.startswith("{"):
            found = json.loads(text)
        else:
            form = dict(parse_qsl(text, keep_blank_values=True))
            found = json.loads(form["payload"]) if "payload" in form else form
    except ValueError:
        found = None
    if not isinstance(found, dict) or not found:
        raise CallbackRefused("This is no interaction of Slack.")
    return found


def heard_of(payload: Payload) -> Heard:
    """What is asked for; nothing where it is of a kind that is not answered."""
    if str(payload.get("command", "")).startswith("/"):
        return Heard(request=_command(payload))
    read = READERS.get(str(payload.get("type", "")))
    return read(payload) if read else Heard()


def _command(payload: Payload) -> ChatRequest:
    trigger = _text(payload, "trigger_id")
    return ChatRequest(
        kind=ChatRequestKind.COMMAND,
        address=_text(payload, "user_id"),
        event_id=trigger,
        name=_text(payload, "command"),
        text=_text(payload, "text"),
        trigger=trigger,
        respond_to=_text(payload, "response_url"),
    )


def _challenge(payload: Payload) -> Heard:
    return Heard(body=_text(payload, "challenge"))


def _event(payload: Payload) -> Heard:
    event = _part(payload, "event")
    links = event.get("links") or []
    if event.get("type") != "link_shared":
        return Heard()
    return Heard(
        request=ChatRequest(
            kind=ChatRequestKind.LINKS,
            address=_text(event, "user"),
            event_id=_text(payload, "event_id"),
            links=tuple(_text(one, "url") for one in links[:MAX_LINKS]),
            place=_place(event),
        )
    )


def _place(event: Payload) -> Mapping[str, str]:
    """The message, sent or still being written, as ``chat.unfurl`` takes it."""
    if event.get("unfurl_id") and event.get("source"):
        return {"unfurl_id": _text(event, "unfurl_id"), "source": _text(event, "source")}
    return {"channel": _text(event, "channel"), "ts": _text(event, "message_ts")}


def _shortcut(payload: Payload) -> Heard:
    trigger = _text(payload, "trigger_id")
    return Heard(
        request=ChatRequest(
            kind=ChatRequestKind.SHORTCUT,
            address=_text(_part(payload, "user"), "id"),
            event_id=trigger,
            name=_text(payload, "callback_id"),
            text=plain(_text(_part(payload, "message"), "text")),
            trigger=trigger,
            respond_to=_text(payload, "response_url"),
        )
    )


def _submission(payload: Payload) -> Heard:
    view = _part(payload, "view")
    return Heard(
        request=ChatRequest(
            kind=ChatRequestKind.SUBMISSION,
            address=_text(_part(payload, "user"), "id"),
            event_id=_text(view, "id"),
            name=_text(view, "callback_id"),
            context=_text(view, "private_metadata"),
            fields=_filled_in(_part(_part(view, "state"), "values")),
        )
    )


def _filled_in(values: Payload) -> dict[str, str]:
    """Block → what its one element holds."""
    found = {}
    for block, elements in values.items():
        element: Payload = next(iter(elements.values()), {})
        chosen = (element.get("selected_option") or {}).get("value")
        value = element.get("value") or chosen or element.get("selected_date_time") or ""
        found[str(block)] = clean(str(value))[:MAX_TEXT]
    return found


def _suggestion(payload: Payload) -> Heard:
    return Heard(
        request=ChatRequest(
            kind=ChatRequestKind.SUGGESTION,
            address=_text(_part(payload, "user"), "id"),
            event_id="",
            name=_text(payload, "block_id"),
            text=_text(payload, "value"),
            context=_text(_part(payload, "view"), "private_metadata"),
        )
    )


def _text(payload: Payload, name: str) -> str:
    return clean(str(payload.get(name) or ""))[:MAX_TEXT]


def _part(payload: Payload, name: str) -> Payload:
    found = payload.get(name)
    return found if isinstance(found, dict) else {}


READERS: dict[str, Callable[[Payload], Heard]] = {
    "block_actions": _slack_presses.heard_of,
    "block_suggestion": _suggestion,
    "event_callback": _event,
    "message_action": _shortcut,
    "shortcut": _shortcut,
    "url_verification": _challenge,
    "view_submission": _submission,
}
