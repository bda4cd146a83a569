"""Messages in Slack, to people and to channels, carried by the app of a workspace."""

from django import forms
from django.conf import settings
from django.urls import reverse

from notifications.channels._base import Config, ProvidedChannel
from notifications.message.message import Message
from opsportal.lib.net.errors import DeliveryError


class Channel(ProvidedChannel):
    """One message about an incident, with buttons; it changes with it, the rest is its thread."""

    label = "Slack"
    example = {"to": "U012AB3CD"}
    for_sharing = True
    address_field = "to"
    has_threads = True
    finds_by_email = True
    mentions = True

    class Form(forms.Form):
        to = forms.RegexField(
            r"^[UWCG][A-Z0-9]{1,20}$",
            label="Slack ID",
            help_text="Of a person the member ID (U…: profile, ⋮, Copy member ID); of a channel "
            "its ID (C…: the last line of its details).",
            error_messages={"invalid": "Enter an ID such as U012AB3CD or C012AB3CD, no name."},
        )

    def send(self, config: Config, message: Message) -> str:
        """Raises DeliveryError: only an account of a workspace sends."""
        raise DeliveryError(
            "No Slack workspace is connected. Connect one under Settings, Integrations, Slack.",
            permanent=True,
        )

    def describe(self, config: Config) -> str:
        return f"Slack {config.get('to', '')}".strip()

    def stranger_text(self, address: str) -> str:
        address = settings.SITE_URL + reverse("method_add", args=["slack"])
        return (
            "OpsPortal does not know who you are here, so nothing was changed. "
            f"<{address}|Add Slack to your contact methods> and type the code that comes here."
        )
