"""Push by the app Pushover, which rings until it is acknowledged."""

from django import forms

from notifications.channels._base import ProvidedChannel
from notifications.choices import TemplateKind


class Channel(ProvidedChannel):
    """Passes the silent mode of phones; the app's own button acknowledges here, too."""

    label = "Pushover"
    template_kind = TemplateKind.PUSH
    example = {"user_key": "uQiRzpo4DXghDmr9QzzfQu27cmVRsG"}
    for_sharing = True
    address_field = "user_key"

    class Form(forms.Form):
        user_key = forms.RegexField(
            r"^[A-Za-z0-9]{30}$",
            label="User key",
            help_text="30 characters, on the first page of pushover.net; a group's key works, too.",
        )
