"""Messages in LINE by a bot of one's own.

https://developers.line.biz/en/reference/messaging-api/#send-push-message
"""

from hashlib import sha256
from uuid import UUID, uuid5

from django import forms

from notifications.channels._base import BaseChannel, Config, post
from notifications.channels._refusals import refusals
from notifications.message.message import Message
from notifications.message.plain_text import plain_text
from opsportal.lib.net.errors import DeliveryError

MAX_TEXT_BYTES = 5000  # LINE counts 5,000 units of UTF-16, which are never more than bytes.
OF_ADDRESS = ("Failed to send messages", "The property, 'to',")
OF_PROVIDER = ("monthly limit", "not available for your account")
TAKEN_BEFORE = "answered 409"  # of a key that was accepted already


class Channel(BaseChannel):
    """People and groups in LINE, by a bot; what may have arrived is not shown twice."""

    label = "LINE"
    example = {"to": "U4af4980629d4f1a9b6c5d3e2f1a0b9c8", "token": "nQ3sTAbCdEf+/x="}
    for_sharing = True
    address_field = "to"
    api_url = "https://api.line.me/v2/bot/message/push"

    class Form(forms.Form):
        to = forms.RegexField(
            r"^[UCR][0-9a-f]{32}$",
            label="User or group ID",
            help_text="U…, of a group C…: it is in each webhook that LINE sends to the bot. "
            "Whoever is to be told has to be a friend of the bot.",
        )
        token = forms.CharField(
            label="Channel access token",
            max_length=500,
            widget=forms.PasswordInput,
            help_text="From the Messaging API tab of the channel in the LINE Developers Console.",
        )

    def send(self, config: Config, message: Message) -> str:
        headers = {
            "Authorization": f"Bearer {config['token']}",
            "X-Line-Retry-Key": _key(message),
        }
        text = plain_text(message, MAX_TEXT_BYTES, with_subject=True)
        payload = {
            "to": config["to"],
            "messages": [{"type": "text", "text": text}],
            "notificationDisabled": bool(message.incidents) and not message.asks,
        }
        secrets = [config["token"]]
        try:
            with refusals(of_address=OF_ADDRESS, of_provider=OF_PROVIDER, secrets=secrets):
                answer = post(self.api_url, json=payload, headers=headers)
        except DeliveryError as error:
            if TAKEN_BEFORE in str(error):
                return ""
            raise
        return answer.headers.get("X-Line-Request-Id", "")

    def lane(self, config: Config) -> str:
        token = str(config.get("token") or "")
        return f"{self.label} {sha256(token.encode()).hexdigest()[:8]}"


def _key(message: Message) -> str:
    """One for each delivery and what is in it: a later attempt may tell of more incidents."""
    numbers = ",".join(str(summary.number) for summary in message.incidents)
    return str(uuid5(UUID(message.delivery_id), numbers))
