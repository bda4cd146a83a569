"""Slack, by an app of one's own in a workspace.

https://docs.slack.dev/reference/methods/chat.postMessage
"""

import logging
from typing import Any

from django import forms

from notifications.channels._base import Config
from notifications.message.message import Message
from notifications.providers import _slack, _slack_blocks, _slack_requests
from notifications.providers._base import BaseProvider
from notifications.rates import Rate
from notifications.receipts import Accepted, Callback, Heard, Reply
from opsportal.lib.net import http

logger = logging.getLogger(__name__)
# The mistake would be ours, and nobody goes without a message for it.
BAD_BLOCKS = {
    "msg_too_long",
    "msg_blocks_too_long",
    "invalid_blocks",
    "invalid_blocks_format",
    "too_many_attachments",
}
OF_CHANNEL = Rate(1, 3)
GONE = {"message_not_found", "thread_not_found", "cannot_reply_to_message"}


class Provider(BaseProvider):
    """Writes to people and channels, changes what it wrote, and hears buttons."""

    label = "Slack workspace"
    example = {
        "bot_token": "xoxb-0-t0ken",
        "signing_secret": "8f742231b10e8888abcd99yyyzzz85a5",
        "client_id": "",
        "client_secret": "",
        "app_token": "",
    }
    steps = (
        "Copy the app manifest that Settings, Integrations, Slack shows.",
        "At api.slack.com/apps choose Create New App, From a manifest; paste it, and create.",
        "Under Basic Information copy the Signing Secret, the Client ID and the Client Secret.",
        "Save them; then press Connect to Slack, which stands on the same page by then.",
        "Or, without Connect to Slack: Install App, and save the Bot User OAuth Token (xoxb-…).",
        "Where Slack cannot reach us: the manifest for Socket Mode, and an app-level token.",
    )
    environment = {
        "bot_token": "SLACK_BOT_TOKEN",
        "signing_secret": "SLACK_SIGNING_SECRET",
        "app_token": "SLACK_APP_TOKEN",
    }

    class Form(forms.Form):
        signing_secret = forms.CharField(
            required=False,
            max_length=100,
            widget=forms.PasswordInput,
            help_text="Under Basic Information. Without it messages have links and no buttons.",
        )
        client_id = forms.CharField(
            label="Client ID",
            required=False,
            max_length=100,
            help_text="Under Basic Information; for Connect to Slack.",
        )
        client_secret = forms.CharField(
            required=False,
            max_length=100,
            widget=forms.PasswordInput,
            help_text="Beside the Client ID.",
        )
        bot_token = forms.RegexField(
            r"^xoxb-\S+$",
            max_length=300,
            required=False,
            widget=forms.PasswordInput,
            help_text="xoxb-…, under Install App. Connect to Slack fills it in.",
        )
        app_token = forms.RegexField(
            r"^xapp-\S+$",
            label="App-level token",
            max_length=300,
            required=False,
            widget=forms.PasswordInput,
            help_text="xapp-…, for Socket Mode alone: Basic Information, App-Level Tokens, with "
            "connections:write. What people do in Slack then comes by a line that we open.",
            error_messages={"invalid": "Enter a token that begins with xapp-."},
        )

        def clean(self) -> dict[str, Any]:
            found = super().clean() or {}
            can_connect = found.get("client_id") and found.get("client_secret")
            if not self.errors and not found.get("bot_token") and not can_connect:
                raise forms.ValidationError(
                    "Enter the bot token, or Client ID and Client Secret to connect with."
                )
            return found

    def place_rate(self, address: Config) -> Rate:
        """A message a second to a channel, with short bursts."""
        return OF_CHANNEL

    def send(self, config: Config, address: Config, message: Message) -> Accepted:
        to = str(address["to"])
        channel, _, root = message.in_reply_to.partition(":")
        if not root:
            return _accepted(_post(config, to, {"channel": to}, message))
        thread = {"channel": channel, "thread_ts": root.rpartition(":")[2]}
        try:
            if message.asks:
                again = {**thread, "reply_broadcast": True}
                return _accepted(_post(config, to, again, message), thread["thread_ts"])
            entry = {**thread, "text": _slack_blocks.entry_of(message)}
            _slack.call(config, "chat.postMessage", entry | {"unfurl_links": False})
            return Accepted()
        except _slack.Refused as error:
            if error.code not in GONE:
                raise
        return _accepted(_post(config, to, {"channel": to}, message))

    def update(self, config: Config, address: Config, message: Message, provider_id: str) -> None:
        channel, ts, *_ = provider_id.split(":")
        content = _content(config, str(address["to"]), message)
        _write(config, "chat.update", {"channel": channel, "ts": ts}, content)

    def check(self, config: Config) -> str:
        found = _slack.call(config, "auth.test")
        return f"Slack: connected to “{found.get('team')}” as @{found.get('user')}."

    def find_address(self, config: Config, email: str) -> dict[str, Any]:
        found = _slack.read(config, "users.lookupByEmail", email=email)
        return {"to": str(found["user"]["id"])}

    def read_callback(self, config: Config, callback: Callback) -> Heard:
        _slack.check_signature(config, callback)
        return _slack_requests.heard_of(_slack_requests.payload_of(callback.body))

    def tell(self, config: Config, reply: Reply, text: str) -> None:
        to = reply.respond_to
        if text and to.startswith(_slack.RESPONSE_URLS):
            body = {"response_type": "ephemeral", "replace_original": False, "text": text}
            http.send("POST", to, json=body, timeout=_slack.TIMEOUT_S)


def _content(config: Config, to: str, message: Message) -> dict[str, Any]:
    return _slack_blocks.content_of(message, is_interactive=_hears(config), is_shared=to[0] in "CG")


def _hears(config: Config) -> bool:
    """Whether presses come here: signed, or by Socket Mode."""
    return bool(config.get("signing_secret") or config.get("app_token"))


def _post(config: Config, to: str, place: dict[str, Any], message: Message) -> dict[str, Any]:
    more = {"unfurl_links": False, "unfurl_media": False}
    return _write(config, "chat.postMessage", place | more, _content(config, to, message))


def _write(
    config: Config, method: str, place: dict[str, Any], content: dict[str, Any]
) -> dict[str, Any]:
    """With blocks; where Slack does not take them, as a text alone."""
    try:
        return _slack.call(config, method, place | content)
    except _slack.Refused as error:
        if error.code not in BAD_BLOCKS:
            raise
        logger.error("A defect: Slack refused blocks of ours (%s)", error.code)
    return _slack.call(config, method, place | {"text": content["text"]})


def _accepted(answer: dict[str, Any], root: str = "") -> Accepted:
    """By which channel and time the message can be found again, and the thread that it is in."""
    parts = (str(answer.get("channel", "")), str(answer.get("ts", "")), root)
    return Accepted(provider_id=":".join(part for part in parts if part))
