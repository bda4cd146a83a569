"""Channels of a bot that writes to people and into rooms, and whose buttons act."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.urls import reverse

from notifications.channels._base import Config, ProvidedChannel


class PersonOrRoomForm(forms.Form):
    """A person of one's own, or a room that many read: one of both."""

    person_field = "user_id"
    room_field = "channel_id"

    def clean(self) -> dict[str, Any]:
        """Raises ValidationError for none of both, and for both."""
        found = super().clean() or {}
        given = [bool(found.get(name)) for name in (self.person_field, self.room_field)]
        if not self.errors and sum(given) != 1:
            raise forms.ValidationError(
                "Enter a user ID for a person, or a channel ID for a channel: one of both."
            )
        return found


class BotChannel(ProvidedChannel):
    """``user_id`` of a person, or ``channel_id`` of a room."""

    for_sharing = True
    has_threads = True
    address_field = "user_id"
    chat = ""  # as people call it

    def describe(self, config: Config) -> str:
        if config.get("channel_id"):
            return f"{self.chat} channel {config['channel_id']}"
        return f"{self.chat} user {config.get('user_id', '')}".strip()

    def stranger_text(self, address: str) -> str:
        return (
            "OpsPortal does not know who you are here, so nothing was changed. Add "
            f"{self.label} to your contact methods, and type the code that comes here: "
            f"{link_to_add(type(self).__module__.rpartition('.')[2], user_id=address)}"
        )


def link_to_add(channel: str, **address: str) -> str:
    """Where a person adds this address to their contact methods."""
    path = reverse("method_add", args=[channel])
    return f"{settings.SITE_URL}{path}?{urlencode(address)}"
