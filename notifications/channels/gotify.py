"""Push messages through a Gotify server (https://gotify.net/docs/pushmsg)."""

from django import forms

from notifications.channels._base import Config, WebAddressField, fields_of, post
from notifications.channels._refusals import refusals
from notifications.channels._servers import ServerChannel
from notifications.choices import TemplateKind
from notifications.message.message import Message
from notifications.message.plain_text import plain_text

MAX_MESSAGE_BYTES = 4000
LOUD, USUAL = 8, 5  # From 8 on the app makes a sound and vibrates.


class Channel(ServerChannel):
    """Push to Android by a server of one's own; what its reader can do are links in the text."""

    label = "Gotify"
    template_kind = TemplateKind.PUSH
    example = {"server": "https://gotify.example", "token": "AyMwWrGHpfKNJcV"}
    for_sharing = True

    class Form(forms.Form):
        server = WebAddressField(max_length=500, help_text="The address of your Gotify server.")
        token = forms.CharField(
            label="Application token",
            max_length=200,
            widget=forms.PasswordInput,
            help_text="From Apps in Gotify: it begins with A. Whose app it is, gets the messages.",
        )

    def send(self, config: Config, message: Message) -> str:
        click = {"client::notification": {"click": {"url": message.url}}} if message.url else {}
        payload = {
            "title": message.subject,
            "message": plain_text(message, MAX_MESSAGE_BYTES),
            "priority": LOUD if message.urgent else USUAL,
            "extras": click | {"client::display": {"contentType": "text/plain"}},
        }
        headers = {"X-Gotify-Key": config["token"]}
        with refusals(secrets=[config["token"]]):
            answer = post(self.url(config, "message"), json=payload, headers=headers)
        return str(fields_of(answer).get("id", ""))
