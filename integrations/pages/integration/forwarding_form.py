"""The form of forwarding: where, until when, with which key."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone

from incidents.models import User
from incidents.wall_field import WALL, WallField
from integrations.models import Integration
from integrations.setup.forwarding import MAX_ADDRESS_CHARS, MAX_KEY_CHARS
from opsportal.lib.weekly_hours import to_utc

USUAL = timedelta(days=30)
SECRET = {"autocomplete": "new-password", "spellcheck": "false"}


class ForwardingForm(forms.Form):
    """Stored values are never shown: an empty field keeps them."""

    forward_address = forms.CharField(
        label="Address of the old pager",
        required=False,
        max_length=MAX_ADDRESS_CHARS,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "spellcheck": "false",
                "placeholder": "https://events.pagerduty.com",
            }
        ),
        help_text="Its host alone: the path that was posted to is added. With a path it is taken "
        "as it stands.",
    )
    forward_until = WallField(label="Until", help_text="In your time zone; then it ends by itself.")
    forward_key = forms.CharField(
        label="Key of the old pager",
        required=False,
        max_length=MAX_KEY_CHARS,
        widget=forms.PasswordInput(attrs=SECRET),
        help_text="Only where it is another than the key here, in whose place it is sent.",
    )
    removes_key = forms.BooleanField(label="Send the key as it came", required=False)

    def __init__(self, *args: Any, integration: Integration, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = viewer.zone
        until = integration.forward_until or timezone.now() + USUAL
        self.until = until
        self.initial = {"forward_until": until.astimezone(self.zone)}
        if integration.forward_until:
            kept = f" Empty: {integration.forward_host} is kept."
            self.fields["forward_address"].help_text += kept
        if integration.has_forward_key:
            self.fields["forward_key"].help_text += " Empty: it is kept."
        else:
            del self.fields["removes_key"]

    @property
    def changes(self) -> dict[str, Any]:
        """The arguments of ``change_forwarding``; None keeps a value."""
        found = self.cleaned_data
        wall = found["forward_until"]
        is_same = wall.strftime(WALL) == self.initial["forward_until"].strftime(WALL)
        return {
            "address": found["forward_address"] or None,
            "key": "" if found.get("removes_key") else found["forward_key"] or None,
            "until": self.until if is_same else to_utc(wall, self.zone, is_end=False),
        }
