"""Messages in Webex by a bot.

https://developer.webex.com/docs/api/v1/messages/create-a-message
"""

from hashlib import sha256

from django import forms

from notifications.channels._base import BaseChannel, Config, fields_of, post
from notifications.channels._refusals import refusals
from notifications.message.message import Message
from notifications.message.plain_text import plain_text

MAX_TEXT_BYTES = 7439


class Channel(BaseChannel):
    """People and spaces in Webex, by a bot.

    Plain text: in Webex' Markdown a title could mention everybody.
    """

    label = "Webex"
    example = {"to": "jane@example.com", "token": "ZDI3MGEyYzQtNmFlNS00NDNhLWFlNzAt"}
    for_sharing = True
    address_field = "to"
    api_url = "https://webexapis.com/v1/messages"

    class Form(forms.Form):
        to = forms.CharField(
            label="Person or space",
            max_length=254,
            help_text="An e-mail address, or the ID of a space (Y2lz…) that the bot is in.",
        )
        token = forms.CharField(
            label="Bot access token",
            max_length=500,
            widget=forms.PasswordInput,
            help_text="Shown once when the bot is made at developer.webex.com, My Webex Apps.",
        )

    def send(self, config: Config, message: Message) -> str:
        place = "toPersonEmail" if "@" in config["to"] else "roomId"
        text = plain_text(message, MAX_TEXT_BYTES, with_subject=True)
        headers = {"Authorization": f"Bearer {config['token']}"}
        with refusals(secrets=[config["token"]]):
            answer = post(self.api_url, json={place: config["to"], "text": text}, headers=headers)
        return str(fields_of(answer).get("id", ""))

    def lane(self, config: Config) -> str:
        token = str(config.get("token") or "")
        return f"{self.label} {sha256(token.encode()).hexdigest()[:8]}"
