"""A bot of an application of one's own at Discord.

https://discord.com/developers/docs/resources/message#create-message
"""

import re
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from notifications.channels import _discord
from notifications.channels._base import Config
from notifications.message.buttons import Button, buttons_of
from notifications.message.card import card_of
from notifications.message.incident_summary import one_line
from notifications.message.message import Message, PagedPerson
from notifications.message.thread_entry import thread_entry
from notifications.providers._base import BaseProvider
from notifications.providers.discord_bot import _interactions
from notifications.providers.discord_bot._api import call
from notifications.receipts import Accepted, Callback, Heard, Reply
from opsportal.lib.net.errors import DeliveryError

# Styles of buttons: blue for what is to be done first, red for what ends it for everybody.
STYLES = {"acknowledge": 1, "resolve": 4}
GREY = 2
MAX_CONTENT, MAX_NONCE = 2000, 25
# View channels, send messages, embed links, read the history, write in threads.
PERMISSIONS = 1 << 10 | 1 << 11 | 1 << 14 | 1 << 16 | 1 << 38
INTERACTION = re.compile(r"\d{1,20}/[A-Za-z0-9_.-]{1,400}")


class Provider(BaseProvider):
    """One application. Its buttons act where Discord reaches the portal."""

    label = "Discord bot"
    example = {
        "application_id": "190000000000000001",
        "public_key": "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8",
        "bot_token": "MTk.Example.t0ken",
    }
    steps = (
        "At discord.com/developers/applications choose New Application; copy its Application ID "
        "and Public Key from General Information into the form below.",
        "Under Bot choose Reset Token, and copy the token into the form.",
        "Save. Then open the account again and choose “Save and check”: it registers the address "
        "of the buttons (Interactions Endpoint URL), and shows the link of the next step.",
        "Open that link, and add the bot to your server. Invite it into private channels.",
        "People add Discord bot under You, with their user ID; a channel is added under "
        "Configure, Webhooks, with its channel ID.",
    )
    environment = {
        "application_id": "DISCORD_APPLICATION_ID",
        "public_key": "DISCORD_PUBLIC_KEY",
        "bot_token": "DISCORD_BOT_TOKEN",
    }
    patience_s = 1.5  # Discord gives up after three seconds.

    class Form(forms.Form):
        application_id = forms.RegexField(
            r"^\d{15,20}$", label="Application ID", help_text="Under General Information."
        )
        public_key = forms.RegexField(
            r"^[0-9a-f]{64}$",
            label="Public key",
            help_text="Under General Information. By it OpsPortal knows Discord's requests.",
        )
        bot_token = forms.RegexField(
            r"^[\w.-]{10,200}$",
            widget=forms.PasswordInput,
            help_text="Under Bot, Reset Token. It is shown once.",
        )

    def send(self, config: Config, address: Config, message: Message) -> Accepted:
        channel = _channel(config, address)
        _, _, root = message.in_reply_to.partition(":")
        is_entry = bool(root) and not message.asks
        content = _entry(message) if is_entry else _content(config, address, message)
        content |= {"flags": 0 if message.urgent else _discord.SUPPRESS_NOTIFICATIONS}
        if root:
            content["message_reference"] = {"message_id": root, "fail_if_not_exists": False}
        if not message.is_redelivery:  # What is sent twice within minutes appears once.
            nonce = message.delivery_id.replace("-", "")[:MAX_NONCE]
            content |= {"nonce": nonce, "enforce_nonce": True}
        sent = call(config, "POST", f"channels/{channel}/messages", content)
        # What stands below the message about the incident is not changed with it.
        return Accepted(provider_id="" if is_entry else f"{channel}:{sent.get('id', '')}")

    def update(self, config: Config, address: Config, message: Message, provider_id: str) -> None:
        channel, _, sent = provider_id.partition(":")
        content = _content(config, address, message)
        call(config, "PATCH", f"channels/{channel}/messages/{sent}", content)

    def check(self, config: Config) -> str:
        """Asks for the application, and has Discord try the address of the buttons."""
        found = call(config, "GET", "applications/@me")
        if found.get("id") != config["application_id"]:
            raise _wrong(f"the token is of the application {found.get('id')}: correct the ID")
        if found.get("verify_key") != config["public_key"]:
            raise _wrong(f"the public key of the application is {found.get('verify_key')}")
        url = config.get("callback_url")
        acts = _acts(config)
        if acts and found.get("interactions_endpoint_url") != url:
            call(config, "PATCH", "applications/@me", {"interactions_endpoint_url": url})
        buttons = "its buttons are registered" if acts else "without https its buttons open pages"
        link = f"client_id={config['application_id']}&scope=bot&permissions={PERMISSIONS}"
        return (
            f"Discord: {found.get('name')} works, and {buttons}. Add the bot to "
            f"your server: https://discord.com/oauth2/authorize?{link}"
        )

    def read_callback(self, config: Config, callback: Callback) -> Heard:
        _interactions.check_signature(config, callback)
        return _interactions.read(callback.body)

    def answer(self, texts: Sequence[str]) -> tuple[str, str]:
        return _interactions.said(" ".join(texts)[:MAX_CONTENT]), _interactions.JSON

    def answer_later(self) -> tuple[str, str]:
        return _interactions.later(), _interactions.JSON

    def tells_of(self, reply: Reply) -> bool:
        return False

    def tell(self, config: Config, reply: Reply, text: str) -> None:
        """Fill in the answer that was put off: Discord takes it for 15 minutes."""
        if INTERACTION.fullmatch(reply.respond_to):
            path = f"webhooks/{reply.respond_to}/messages/@original"
            call(
                config,
                "PATCH",
                path,
                {"content": (text or _("Nothing was changed."))[:MAX_CONTENT]},
            )


def _acts(config: Config) -> bool:
    """Whether Discord can post to the portal; else its buttons open pages."""
    return str(config.get("callback_url") or "").startswith("https://")


def _wrong(words: str) -> DeliveryError:
    return DeliveryError(f"Discord: {words}.", permanent=True, provider_fault=True)


def _channel(config: Config, address: Config) -> str:
    """The channel, or that of direct messages with the person."""
    if address.get("channel_id"):
        return str(address["channel_id"])
    opened = call(config, "POST", "users/@me/channels", {"recipient_id": address["user_id"]})
    return str(opened.get("id") or "")


def _entry(message: Message) -> dict[str, Any]:
    text = _discord.escaped(thread_entry(message))[:MAX_CONTENT]
    return {"content": text, "allowed_mentions": {"parse": []}}


def _content(config: Config, address: Config, message: Message) -> dict[str, Any]:
    card = card_of(message)
    offered = buttons_of(message, is_shared=bool(address.get("channel_id")))
    acting = [_button(one) for one in offered] if _acts(config) else []
    links = _discord.link_buttons(card)
    open_page = [link for link in links if link["url"] == message.url]
    known = [one.address for one in message.paged if one.address]
    return {
        "content": ", ".join(_mention(one) for one in message.paged),
        "embeds": [_discord.embed_of(card)],
        "components": _discord.rows_of([*acting, *(open_page if _acts(config) else links)]),
        "allowed_mentions": {"parse": [], "users": known},
    }


def _mention(person: PagedPerson) -> str:
    if person.address:
        return f"<@{person.address}>"
    return _discord.escaped(one_line(person.name, 60))


def _button(button: Button) -> dict[str, Any]:
    return {
        "type": _discord.BUTTON,
        "style": STYLES.get(button.verb, GREY),
        "label": button.label,
        "custom_id": button.value,
    }
