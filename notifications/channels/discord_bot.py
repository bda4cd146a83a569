"""Messages in Discord, to people and to channels, by a bot whose buttons act."""

from django import forms

from notifications.channels._bots import BotChannel, PersonOrRoomForm

ID = r"^\d{15,20}$"


class Channel(BotChannel):
    """One message about an incident, which changes with it; whoever presses a button is known."""

    label = "Discord bot"
    chat = "Discord"
    example = {"user_id": "190000000000000042", "channel_id": ""}
    mentions = True

    class Form(PersonOrRoomForm):
        user_id = forms.RegexField(
            ID,
            required=False,
            label="User ID",
            help_text="Of a person: right-click the name, Copy User ID. Settings, Advanced, "
            "Developer Mode shows that entry.",
        )
        channel_id = forms.RegexField(
            ID,
            required=False,
            label="Channel ID",
            help_text="Of a channel or thread that many read: right-click it, Copy Channel ID.",
        )
