"""Forms of the signing secret and the app of a chat."""

import base64
import binascii
from typing import Any

from django import forms

from integrations.chat.command import TEMPLATES

SLACK, TEAMS = TEMPLATES["slack"], TEMPLATES["teams"]
WORDS = {
    SLACK: ("Signing secret", "Slack shows it at Basic Information, App Credentials."),
    TEAMS: ("Security token", "Teams shows it once, when the outgoing webhook is created."),
}


class ChatSecretForm(forms.Form):
    """A new secret; the stored one is never shown."""

    secret = forms.CharField(
        max_length=500,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "spellcheck": "false"}),
    )

    def __init__(self, template: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.auto_id = "id_chat_%s"  # The panel Security has a secret too, on the same page.
        self.template = template
        self.fields["secret"].label, self.fields["secret"].help_text = WORDS.get(
            template, ("Secret", "")
        )

    def clean_secret(self) -> str:
        secret = self.cleaned_data["secret"].strip()
        if self.template == TEAMS and not _is_base64(secret):
            raise forms.ValidationError(
                "This is no security token of Teams: it is Base64 and usually ends with “=”."
            )
        return secret


class ChatAppForm(forms.Form):
    """The app of Teams, by whose id its actions on messages are known. The id is no secret."""

    app_id = forms.CharField(
        label="App id",
        required=False,
        max_length=64,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text="Of the bot of your Teams app, for the action on messages. Empty: it is off.",
    )


def _is_base64(text: str) -> bool:
    try:
        return len(base64.b64decode(text, validate=True)) >= 16
    except (binascii.Error, ValueError):
        return False
