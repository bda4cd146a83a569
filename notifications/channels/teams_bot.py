"""Messages in Microsoft Teams, to people and to channels, by a bot whose buttons act."""

from django import forms

from notifications.channels._base import Config, ProvidedChannel
from notifications.channels._bots import link_to_add

PERSON = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
ROOM = r"19:[\w.-]{1,120}@(thread\.tacv2|thread\.skype|thread\.v2|unq\.gbl\.spaces)"


class Channel(ProvidedChannel):
    """One card about an incident, which changes with it; whoever presses a button is known."""

    label = "Teams bot"
    example = {"to": "6f1c2a90-3f1b-4c59-9d5c-0d6a4f7f8e11"}
    for_sharing = True
    address_field = "to"
    has_threads = True
    mentions = True

    class Form(forms.Form):
        to = forms.RegexField(
            rf"^({PERSON}|{ROOM})$",
            label="ID in Teams",
            max_length=200,
            help_text="Write “id” to the bot: it answers with yours. In a channel or group chat, "
            "mention it with “id”: the answer begins with 19:.",
            error_messages={"invalid": "Enter an ID as the bot tells it: 8-4-4-4-12, or 19:…"},
        )

    def describe(self, config: Config) -> str:
        return f"Teams {config.get('to', '')}"[:90].strip()

    def stranger_text(self, address: str) -> str:
        return (
            "OpsPortal does not know who you are here, so nothing was changed. Add Teams bot to "
            "your contact methods, and type the code that comes here: "
            f"{link_to_add('teams_bot', to=address)}"
        )
