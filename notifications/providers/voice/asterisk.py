"""Calls by an Asterisk of one's own, by its REST interface (ARI).

https://docs.asterisk.org/Configuration/Interfaces/Asterisk-REST-Interface-ARI/
"""

from dataclasses import replace
from functools import partial

from django import forms

from notifications.channels._base import Config, WebAddressField
from notifications.message.message import Message
from notifications.providers._base import BaseProvider
from notifications.providers.voice import _ari, _menu
from notifications.providers.voice._menu import Menu
from notifications.receipts import Accepted


class Provider(BaseProvider):
    """Calls over a SIP trunk of one's own; needs no address of the portal that others reach.

    A call that ends without a key, as one that a mailbox answers, has reached nobody.
    """

    label = "Asterisk"
    example = {
        "server": "http://pbx.example:8088",
        "username": "opsportal",
        "password": "s3cret",
        "endpoint": "PJSIP/{{number}}@trunk",
        "caller": "+4930123456",
        "speech": "sound:http://speech.example:5002/say.wav?text={{text}}",
    }
    steps = (
        "In http.conf set enabled = yes, and in ari.conf enabled = yes with a user that has a "
        "password; reload both modules.",
        "Have an endpoint that reaches phones, such as a PJSIP trunk: PJSIP/{{number}}@trunk.",
        "Run a server that speaks a text as WAV (8 kHz, mono) to a GET, such as one around "
        "espeak-ng or Piper, and enter its address with {{text}}.",
        "List the Asterisk in OUTGOING_ALLOWED_HOSTS where its address is private.",
        "Save and check; then send yourself a test and press 7.",
    )
    receipt_within_s = 90.0

    class Form(forms.Form):
        server = WebAddressField(
            max_length=200, help_text="Of Asterisk's HTTP server, such as http://pbx.example:8088."
        )
        username = forms.CharField(max_length=100, help_text="A user of ari.conf.")
        password = forms.CharField(
            max_length=200, widget=forms.PasswordInput, help_text="The user's password."
        )
        endpoint = forms.RegexField(
            r"^[A-Za-z0-9]+/.*\{\{number(_plain)?\}\}.*$",
            max_length=200,
            help_text="Whom Asterisk dials, such as PJSIP/{{number}}@trunk; {{number_plain}} is "
            "without the plus sign.",
        )
        caller = forms.CharField(
            required=False, max_length=80, help_text="The caller ID, where the trunk takes one."
        )
        speech = forms.RegexField(
            r"^sound:.*\{\{text\}\}.*$",
            max_length=300,
            label="Speech",
            help_text="What Asterisk plays for a text: sound: and the address of a server that "
            "speaks it, with {{text}}; {{language}} is the language, such as de-DE.",
        )

    def send(self, config: Config, address: Config, message: Message) -> Accepted:
        first = _menu.opening(message)
        if isinstance(first, Menu):  # Nobody would follow the call to the end of a conference.
            first = replace(first, bridge="")
        call = _ari.place(config, str(address["number"]))
        return Accepted(provider_id=call.call_id, follow=partial(call.follow, first))

    def check(self, config: Config) -> str:
        found = _ari.ask(config, "GET", "/asterisk/info", only="system")
        version = (found.get("system") or {}).get("version", "")
        return f"Asterisk {version} answers.".replace("  ", " ")
