"""Push messages with buttons, through an ntfy server (https://docs.ntfy.sh/publish/)."""

import json
from typing import Any

from django import forms

from notifications.channels._base import Config, WebAddressField, fields_of, post
from notifications.channels._refusals import refusals
from notifications.channels._servers import ServerChannel
from notifications.choices import TemplateKind
from notifications.message.message import Action, Message
from notifications.message.plain_text import cut, offered, plain_text
from notifications.rates import Rate

MAX_MESSAGE_BYTES = 3500  # What is longer than 4,096 would become an attachment.
MAX_TITLE_BYTES = 400
MAX_ACTIONS = 3
MIN_OPEN_TOPIC_CHARS = 16
LOUD, USUAL = 5, 3
# Codes of ntfy's errors: a topic that cannot be, one that nobody reads, the quota of the day.
OF_ADDRESS = ("40009", "40010", "50701")
OF_PROVIDER = ("42908",)


class Channel(ServerChannel):
    """Push to phones and browsers: Acknowledge acts at one tap, Resolve opens its page."""

    label = "ntfy"
    template_kind = TemplateKind.PUSH
    rate = Rate(0.2, 60)  # of a server, as ntfy.sh has it
    example = {"server": "https://ntfy.sh", "topic": "ops-Vb3kQ8xw2LmZr7tY", "token": "tk_AgQdq7m"}
    for_sharing = True

    class Form(forms.Form):
        server = WebAddressField(
            initial="https://ntfy.sh", max_length=500, help_text="Or a server of your own."
        )
        topic = forms.RegexField(
            r"^[-_A-Za-z0-9]{1,64}$",
            widget=forms.PasswordInput,
            help_text="What your phone subscribes to. Who knows it reads along and can "
            "acknowledge: take a long random one, such as openssl rand -hex 12 makes.",
        )
        token = forms.CharField(
            required=False,
            max_length=200,
            widget=forms.PasswordInput,
            help_text="An access token (tk_…), where the server asks for one.",
        )

        def clean_token(self) -> str:
            """Raises ValidationError where nothing keeps strangers from the topic."""
            token = str(self.cleaned_data["token"])
            if not token and 0 < len(self.cleaned_data.get("topic", "")) < MIN_OPEN_TOPIC_CHARS:
                raise forms.ValidationError(
                    "Without a token the topic is the only password: give it at least "
                    f"{MIN_OPEN_TOPIC_CHARS} characters that nobody guesses."
                )
            return token

    def rate_place(self, config: Config) -> str:
        return str(config.get("server") or "")

    def send(self, config: Config, message: Message) -> str:
        token = config.get("token") or ""
        headers = {"Content-Type": "application/json"}
        headers |= {"Authorization": f"Bearer {token}"} if token else {}
        payload = {k: v for k, v in _fields(message).items() if v} | {"topic": config["topic"]}
        # Not with \u….: as JSON a message may have twice its bytes.
        body = json.dumps(payload, ensure_ascii=False).encode()
        secrets = (config["topic"], token)
        with refusals(of_address=OF_ADDRESS, of_provider=OF_PROVIDER, secrets=secrets):
            answer = post(self.url(config, ""), data=body, headers=headers)
        return str(fields_of(answer).get("id", ""))


def _fields(message: Message) -> dict[str, Any]:
    quiet_tag = ["warning"] if message.asks else []
    return {
        "title": cut(message.subject, MAX_TITLE_BYTES),
        "message": plain_text(message, MAX_MESSAGE_BYTES),
        "priority": LOUD if message.urgent else USUAL,
        "tags": ["rotating_light"] if message.urgent else quiet_tag,
        "click": message.url,
        "actions": _buttons(message),
    }


def _buttons(message: Message) -> list[dict[str, Any]]:
    links = [*offered(message)[: MAX_ACTIONS - 1], Action("open", message.link_label, message.url)]
    acts = {"acknowledge": {"action": "http", "method": "POST", "clear": True}}
    return [
        {"label": link.label, "url": link.url} | acts.get(link.kind, {"action": "view"})
        for link in links
        if link.url
    ]
