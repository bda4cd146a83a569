"""Text messages to phones, carried by a provider."""

from django import forms

from notifications.channels._base import PhoneNumberField, ProvidedChannel
from notifications.choices import TemplateKind


class Channel(ProvidedChannel):
    """Reaches any phone; an answer such as "ack 1042" acts where the provider hands answers on."""

    label = "SMS"
    template_kind = TemplateKind.SHORT
    example = {"number": "+4915112345678"}
    address_field = "number"
    for_sharing = True  # such as a telephone that a team has

    class Form(forms.Form):
        number = PhoneNumberField(
            label="Phone number", max_length=40, help_text="With + and the country code."
        )
