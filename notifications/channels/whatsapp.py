"""Messages in WhatsApp, carried by a provider that is approved to send them."""

from django import forms

from notifications.channels._base import PhoneNumberField, ProvidedChannel
from notifications.choices import TemplateKind


class Channel(ProvidedChannel):
    """Sends templates, which WhatsApp has approved; buttons and answers act."""

    label = "WhatsApp"
    template_kind = TemplateKind.SHORT
    example = {"number": "+4915112345678"}
    address_field = "number"

    class Form(forms.Form):
        number = PhoneNumberField(
            label="Phone number",
            max_length=40,
            help_text="The one of the WhatsApp account, with + and the country code.",
        )
