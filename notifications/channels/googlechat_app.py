"""Messages in Google Chat, to people and to spaces, by an app whose buttons act."""

from django import forms

from notifications.channels._base import Config, ProvidedChannel
from notifications.channels._bots import link_to_add


class Channel(ProvidedChannel):
    """One card about an incident, which changes with it; whoever presses a button is known."""

    label = "Google Chat app"
    example = {"to": "users/104200000000000000001"}
    for_sharing = True
    address_field = "to"
    has_threads = True
    mentions = True

    class Form(forms.Form):
        to = forms.RegexField(
            r"^(users/\d{1,30}|spaces/[\w-]{1,60})$",
            label="ID in Google Chat",
            help_text="Write “id” to the app: it answers with yours (users/…). In a space, mention "
            "it with “id”: the answer is that of the space (spaces/…).",
            error_messages={"invalid": "Enter an ID as the app tells it: users/… or spaces/…"},
        )

    def describe(self, config: Config) -> str:
        return f"Google Chat {config.get('to', '')}".strip()

    def stranger_text(self, address: str) -> str:
        return (
            "OpsPortal does not know who you are here, so nothing was changed. Add Google Chat app "
            "to your contact methods, and type the code that comes here: "
            f"{link_to_add('googlechat_app', to=address)}"
        )
