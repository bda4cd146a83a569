"""Messages in Zulip, in a channel with a topic for each incident, or to one person."""

from django import forms

from notifications.channels._base import ProvidedChannel


class Channel(ProvidedChannel):
    """A channel's messages are topics; an e-mail address gets direct messages."""

    label = "Zulip"
    example = {"to": "incidents"}
    for_sharing = True
    address_field = "to"
    has_threads = True

    class Form(forms.Form):
        to = forms.CharField(
            max_length=254,
            label="Channel or person",
            help_text="A channel's name without the #, or the e-mail address of somebody's Zulip "
            "account.",
        )
