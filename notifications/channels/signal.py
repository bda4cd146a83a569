"""Messages in Signal, to a number or a group."""

from django import forms

from notifications.channels._base import ProvidedChannel


class Channel(ProvidedChannel):
    """To a number or a group; an answer such as "ack 1042" acts where the gateway hands it on."""

    label = "Signal"
    example = {"recipient": "+4915112345678"}
    for_sharing = True
    address_field = "recipient"

    class Form(forms.Form):
        recipient = forms.RegexField(
            r"^(\+[1-9]\d{6,14}|group\.\S+|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$",
            max_length=200,
            help_text="A number with + and the country code, or a group's id (group.…).",
        )
