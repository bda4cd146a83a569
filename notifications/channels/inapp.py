"""Messages inside the portal. The row is the message; nothing is sent."""

from django import forms

from notifications.channels._base import BaseChannel, Config
from notifications.message.message import Message


class Channel(BaseChannel):
    """Shown when the person next looks. It never counts as having told somebody."""

    label = "In the portal"
    template_kind = None
    example = {}
    needs_verification = False
    reaches = False

    class Form(forms.Form):
        pass

    def send(self, config: Config, message: Message) -> str:
        return ""
