"""What Telegram's updates say: presses of buttons, answers, and ``/start``."""

import hmac
import json
import logging
import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from notifications.channels._base import Config
from notifications.receipts import Callback, Heard, Reply

logger = logging.getLogger(__name__)
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105
MAX_SAID = 200  # characters of the notice that answers a press
PRESS, TEXT = "press", "text"
START = "/start"
MAX_CHATS = 5
OF_A_GROUP = re.compile(r"^(/\w+)@\w+")  # A command there names the bot: /ack@ops_bot 1042.


def secret_of(config: Config) -> str:
    """By which Telegram shows that a request is its own: of the bot, and of the address."""
    key, url = str(config["token"]).encode(), str(config.get("callback_url") or "")
    return hmac.digest(key, url.encode(), "sha256").hex()


def is_signed(config: Config, callback: Callback) -> bool:
    """Whether the request has the secret that was given when the address was registered."""
    names = {name.lower(): value for name, value in callback.headers.items()}
    said = names.get(SECRET_HEADER.lower(), "")
    return hmac.compare_digest(said.encode(), secret_of(config).encode())


def read(update: dict[str, Any]) -> Heard:
    """The press or the answer of an update; ``/start`` is answered at once, with the chat's id."""
    if press := update.get("callback_query"):
        command, _, paging_round = str(press.get("data") or "").partition(":")
        reply = Reply(
            address=_id(press, "from"),
            text=command,
            paging_round=int(paging_round) if paging_round.isdecimal() else None,
            event_id=f"{PRESS}:{press.get('id')}",
            in_reply_to=_message_id(press.get("message") or {}),
        )
        return Heard(replies=(reply,))
    message = update.get("message") or {}
    text = str(message.get("text") or "")
    is_private = (message.get("chat") or {}).get("type") == "private"
    start, _, code = text.partition(" ")
    if start.partition("@")[0] == START and not (code and is_private):
        return _introduction(message)
    if not text or not (is_private or text.startswith("/")):
        return Heard()
    reply = Reply(
        address=_id(message, "from"),
        code=code.strip() if start == START else "",
        text=START if start == START else OF_A_GROUP.sub(r"\1", text),
        event_id=f"{TEXT}:{_message_id(message)}",
        in_reply_to=_message_id(message.get("reply_to_message") or {}),
        is_public=not is_private,
    )
    return Heard(replies=(reply,))


def read_polled(update: dict[str, Any]) -> Heard:
    """The same of an update that was asked for, whose answer is a request of its own; nothing of
    what Telegram does not document."""
    try:
        heard = read(update)
    except (ValueError, TypeError, LookupError, AttributeError):
        logger.warning("An update of Telegram cannot be read", exc_info=True)
        return Heard()
    return replace(heard, body="", follow_up=heard.body) if heard.body else heard


def answer_to(reply: Reply, text: str) -> tuple[str, dict[str, Any]] | None:
    """The method and its parts that tell what came of a reply. A press is always answered: its
    button shows that it waits until it is."""
    kind, _, rest = reply.event_id.partition(":")
    if kind == PRESS:
        said = text[:MAX_SAID]
        return "answerCallbackQuery", {"callback_query_id": rest, "text": said, "show_alert": True}
    if not text:
        return None
    chat_id, _, message_id = rest.partition(":")
    replied = {"message_id": int(message_id), "allow_sending_without_reply": True}
    return "sendMessage", {"chat_id": chat_id, "text": text, "reply_parameters": replied}


def chats_in(updates: Any) -> str:
    """Which chats have written to the bot lately, for who has to enter their ids."""
    found = updates if isinstance(updates, list) else []
    chats = {_id(one, "chat"): _name(one["chat"]) for one in _messages(found)}
    if not chats:
        return "Nobody has written to it lately."
    named = [f"{name} {chat_id}" for chat_id, name in chats.items()][-MAX_CHATS:]
    return f"Who wrote to it lately: {', '.join(named)}."


def _messages(updates: list[Any]) -> Iterable[dict[str, Any]]:
    for update in updates:
        message = update.get("message") if isinstance(update, dict) else None
        if message and message.get("chat"):
            yield message


def _name(chat: dict[str, Any]) -> str:
    return str(chat.get("title") or chat.get("username") or chat.get("first_name") or "chat")


def _introduction(message: dict[str, Any]) -> Heard:
    text = _("The chat id is {id}.").format(id=_id(message, "chat"))
    if topic := message.get("message_thread_id"):
        text += " " + _("The topic id is {id}.").format(id=topic)
    text += " " + _("Enter it in OpsPortal: your own under Profile, a group's as a shared channel.")
    answer = {"method": "sendMessage", "chat_id": _id(message, "chat"), "text": text}
    if topic:
        answer["message_thread_id"] = topic
    return Heard(body=json.dumps(answer), content_type="application/json")


def _id(thing: dict[str, Any], name: str) -> str:
    return str((thing.get(name) or {}).get("id") or "")


def _message_id(message: dict[str, Any]) -> str:
    return f"{_id(message, 'chat')}:{message.get('message_id')}" if message else ""
