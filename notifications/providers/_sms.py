"""What providers of text messages share."""

import json
from typing import Any, ClassVar

from notifications.channels._base import Config
from notifications.errors import CallbackRefused
from notifications.message.message import Message
from notifications.message.short import sms_text
from notifications.providers._base import BaseProvider
from notifications.receipts import Accepted, Callback


class SmsProvider(BaseProvider):
    """A provider to which a message is a number and a text of two parts at most."""

    receipt_within_s: ClassVar[float | None] = 60.0

    def send(self, config: Config, address: Config, message: Message) -> Accepted:
        text = sms_text(message, reply=self.takes_replies(config))
        return self.send_text(config, str(address["number"]), text)

    def takes_replies(self, config: Config) -> bool:
        """Whether what people answer comes back by this account, and may act."""
        return True

    def send_text(self, config: Config, number: str, text: str) -> Accepted:
        """Send a text to a number with its plus sign. Raises ``DeliveryError``."""
        raise NotImplementedError


def json_of(callback: Callback) -> dict[str, Any]:
    """The object that is the body of a callback. Raises CallbackRefused for any other."""
    try:
        found = json.loads(callback.body)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise CallbackRefused("The body is no JSON object.")
    return found
