"""Calls that read a page aloud and take keys, carried by a provider."""

from django import forms

from notifications.channels._base import PhoneNumberField, ProvidedChannel
from notifications.choices import TemplateKind


class Channel(ProvidedChannel):
    """Rings any phone, landlines too. Only a pressed key shows that somebody listened."""

    label = "Voice call"
    template_kind = TemplateKind.VOICE
    example = {"number": "+4915112345678"}
    address_field = "number"
    for_sharing = True  # such as a telephone that a team has

    class Form(forms.Form):
        number = PhoneNumberField(
            label="Phone number",
            max_length=40,
            help_text="With + and the country code. The code to confirm it is read aloud.",
        )
