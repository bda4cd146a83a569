"""Telegram's Bot API, or a server of one's own that speaks it.

https://core.telegram.org/bots/api
"""

import json
from typing import Any

from django import forms

from notifications.channels._base import Config, WebAddressField
from notifications.errors import CallbackRefused
from notifications.message.message import Message
from notifications.providers._base import BaseProvider
from notifications.providers._calls import Refused
from notifications.providers.telegram import _updates
from notifications.providers.telegram._api import call, wait_for
from notifications.providers.telegram._content import buttons, plain_text, rich_text
from notifications.rates import Rate
from notifications.receipts import Accepted, Callback, Heard, Polled, Reply

ALLOWED = ["message", "callback_query"]
MAX_UPDATES = 50  # at once
MARGIN_S = 8.0  # in which an answer comes, beyond the wait that it was asked for
OF_CHAT, OF_GROUP = Rate(1, 3), Rate(20 / 60, 5)
OF_A_WEBHOOK = "webhook is active"
NOT_MODIFIED = "message is not modified"
# What Telegram says of our markup; the same text without any is better than none.
OF_THE_MARKUP = ("can't parse entities", "button", "wrong http url")


class Provider(BaseProvider):
    """One bot. Its buttons act in the chat where Telegram reaches the portal."""

    label = "Telegram bot"
    example = {
        "token": "123456789:AAExampleExampleExampleExampleExample",
        "server": "",
        "bot_name": "ops_bot",
        "has_buttons": True,
        "polls": False,
    }
    steps = (
        "In Telegram, write /newbot to @BotFather and choose a name and a user name.",
        "Copy the token that it answers with into the form below.",
        "Tick “Buttons act in the chat” if the portal can be reached from the internet, else “Ask "
        "Telegram for answers”.",
        "Choose “Save and check”: it asks Telegram for the bot, and registers its buttons.",
        "People add their chat under Profile, by a link where the bot's user name is entered here; "
        "or write /start to it, and enter the id that it answers with.",
        "For a group: add the bot to it, and write /start there.",
    )
    environment = {"token": "TELEGRAM_BOT_TOKEN", "polls": "TELEGRAM_POLLING"}
    rate = Rate(25, 25)

    class Form(forms.Form):
        token = forms.RegexField(
            r"^\d{3,20}:[A-Za-z0-9_-]{20,100}$",
            widget=forms.PasswordInput,
            help_text="From @BotFather, such as 123456789:AA…",
        )
        server = WebAddressField(
            required=False,
            label="Bot API server",
            max_length=500,
            help_text="Only for a Bot API server of your own; empty: api.telegram.org.",
        )
        bot_name = forms.RegexField(
            r"^[A-Za-z]\w{4,31}$",
            required=False,
            label="User name of the bot",
            help_text="Without the @: people are led to the bot by a link, and need no id.",
        )
        has_buttons = forms.BooleanField(
            required=False,
            label="Buttons act in the chat",
            help_text="Needs a SITE_URL that Telegram reaches by https. Otherwise buttons open "
            "links.",
        )
        polls = forms.BooleanField(
            required=False,
            label="Ask Telegram for answers",
            help_text="Buttons act although Telegram does not reach the portal: a process asks it "
            "for what was pressed and written. It wins over the choice above.",
        )

    def place_rate(self, address: Config) -> Rate:
        """A group, whose id is negative, takes 20 a minute."""
        is_group = str(address.get("chat_id") or "").startswith("-")
        return OF_GROUP if is_group else OF_CHAT

    def send(self, config: Config, address: Config, message: Message) -> Accepted:
        chat_id = str(address["chat_id"])
        place: dict[str, Any] = {
            "chat_id": chat_id,
            "disable_notification": not (message.urgent or not message.incidents),
        }
        if address.get("topic"):
            place["message_thread_id"] = int(address["topic"])
        earlier = message.in_reply_to.rpartition(":")[2]
        if earlier.isdecimal():
            replied = {"message_id": int(earlier), "allow_sending_without_reply": True}
            place["reply_parameters"] = replied
        sent = _write(config, "sendMessage", place, message)
        if earlier and not message.asks:
            return Accepted()  # An entry below the message that changes.
        place_of_it = (sent.get("chat") or {}).get("id", chat_id)
        return Accepted(provider_id=f"{place_of_it}:{sent.get('message_id', '')}")

    def update(self, config: Config, address: Config, message: Message, provider_id: str) -> None:
        chat_id, _, message_id = provider_id.rpartition(":")
        place = {"chat_id": chat_id, "message_id": int(message_id)}
        try:
            _write(config, "editMessageText", place, message)
        except Refused as error:
            if NOT_MODIFIED not in str(error):
                raise

    def check(self, config: Config) -> str:
        bot = call(config, "getMe", {})
        found = f"Telegram: the bot @{bot.get('username')} works."
        if self.polls(config):
            call(config, "deleteWebhook", {})
            return f"{found} It is asked for presses and answers."
        if not config.get("has_buttons"):
            call(config, "deleteWebhook", {})
            return f"{found} {_updates.chats_in(call(config, 'getUpdates', {'limit': 20}))}"
        hook = {
            "url": config.get("callback_url", ""),
            "secret_token": _updates.secret_of(config),
            "allowed_updates": ALLOWED,
            "max_connections": 10,
        }
        call(config, "setWebhook", hook)
        return f"{found} Its buttons are registered."

    def read_callback(self, config: Config, callback: Callback) -> Heard:
        if not _updates.is_signed(config, callback):
            raise CallbackRefused("The secret token of Telegram is missing, or another one.")
        try:
            update = json.loads(callback.body)
        except ValueError:
            return Heard()
        return _updates.read(update) if isinstance(update, dict) else Heard()

    def code_link(self, config: Config, code: str) -> str:
        name = config.get("bot_name")
        return f"https://t.me/{name}?start={code}" if name and _acts(config) else ""

    def polls(self, config: Config) -> bool:
        return bool(config.get("polls"))

    def poll(self, config: Config, position: str, wait_s: int) -> Polled:
        """Telegram forgets what comes before the position that it is asked after."""
        after = {"offset": int(position)} if position else {}
        parts = {**after, "timeout": wait_s, "limit": MAX_UPDATES, "allowed_updates": ALLOWED}
        try:
            found = wait_for(config, "getUpdates", parts, timeout_s=wait_s + MARGIN_S)
        except Refused as error:
            if error.status != 409 or OF_A_WEBHOOK not in str(error):
                raise
            call(config, "deleteWebhook", {})  # It was registered before, and is not wanted.
            return Polled(position=position)
        updates = [one for one in found if isinstance(one, dict)] if found else []
        ids = [one["update_id"] for one in updates]
        heard = tuple(_updates.read_polled(one) for one in updates)
        return Polled(position=str(max(ids) + 1) if ids else position, heard=heard)

    def follow_up(self, config: Config, what: str) -> Heard:
        parts = json.loads(what)
        call(config, str(parts.pop("method")), parts)
        return Heard()

    def tell(self, config: Config, reply: Reply, text: str) -> None:
        if answer := _updates.answer_to(reply, text):
            method, parts = answer
            call(config, method, parts)


def _acts(config: Config) -> bool:
    """Whether what is pressed comes to the portal."""
    return bool(config.get("has_buttons") or config.get("polls"))


def _write(config: Config, method: str, place: dict[str, Any], message: Message) -> Any:
    """Once more where the group has another id now, or something in our markup is not liked."""
    acts = _acts(config)
    is_group = str(place["chat_id"]).startswith(("-", "@"))
    markup = {"inline_keyboard": buttons(message, acts=acts, is_group=is_group)}
    content = place | {"link_preview_options": {"is_disabled": True}}
    wanted = content | {
        "text": rich_text(message),
        "parse_mode": "HTML",
        "reply_markup": markup,
    }
    try:
        return call(config, method, wanted)
    except Refused as error:
        new_id = (error.fields.get("parameters") or {}).get("migrate_to_chat_id")
        if new_id:
            return call(config, method, wanted | {"chat_id": new_id})
        if error.status != 400 or not any(w in str(error).lower() for w in OF_THE_MARKUP):
            raise
    return call(config, method, content | {"text": plain_text(message)})
