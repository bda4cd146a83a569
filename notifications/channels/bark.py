"""Push messages to iPhones by Bark, through the phone's silence where it is urgent.

https://bark.day.app/#/en-us/tutorial
"""

from typing import Any

from django import forms

from notifications.channels._base import Config, WebAddressField, post
from notifications.channels._refusals import refusals
from notifications.channels._servers import ServerChannel
from notifications.choices import TemplateKind
from notifications.message.message import Message
from notifications.message.plain_text import cut, plain_text

# Apple takes 4,096 bytes for everything together, with < > & and quotes written longer.
MAX_TITLE_BYTES = 400
MAX_BODY_BYTES = 2400
MAX_VOLUME = 10
# What the server says where the app has given the key up, or Apple knows the phone no more.
OF_ADDRESS = ("device key is empty", "failed to get device token", "Unregistered", "BadDeviceToken")
FOR_GOOD = ("PayloadTooLarge",)
ALARM = {"level": "critical", "volume": MAX_VOLUME, "call": "1"}  # rings for 30 s


class Channel(ServerChannel):
    """Push to iPhones, with a sound although they are muted where it is urgent."""

    label = "Bark"
    template_kind = TemplateKind.PUSH
    example = {"server": "https://api.day.app", "device_key": "ynJ5Ft4atkMkWeo2PAvFhF"}

    class Form(forms.Form):
        server = WebAddressField(
            initial="https://api.day.app", max_length=500, help_text="Or a server of your own."
        )
        device_key = forms.CharField(
            max_length=200,
            widget=forms.PasswordInput,
            help_text="What stands after the server in the address that the app shows.",
        )

    def send(self, config: Config, message: Message) -> str:
        key = config["device_key"]
        with refusals(of_address=OF_ADDRESS, for_good=FOR_GOOD, secrets=[key]):
            post(self.url(config, "push"), json={"device_key": key, **_fields(message)})
        return message.delivery_id


def _fields(message: Message) -> dict[str, Any]:
    first = message.incidents[0].number if message.incidents else None
    fields = {
        "id": message.delivery_id,
        "title": cut(message.subject, MAX_TITLE_BYTES),
        "body": plain_text(message, MAX_BODY_BYTES),
        "group": f"incident-{first}" if first else "",
        "url": message.url,
        "isArchive": "1",
        **(ALARM if message.urgent else {"level": _calm(message)}),
    }
    return {name: value for name, value in fields.items() if value}


def _calm(message: Message) -> str:
    """Shown at once where somebody waits for it; only listed where it reports what was done."""
    return "active" if message.asks or not message.incidents else "passive"
