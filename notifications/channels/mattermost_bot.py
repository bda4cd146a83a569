"""Messages in Mattermost, to people and to channels, by a bot whose buttons act."""

from django import forms

from notifications.channels._bots import BotChannel, PersonOrRoomForm

ID = r"^[a-z0-9]{26}$"


class Channel(BotChannel):
    """One post about an incident, which changes with it; whoever presses a button is known."""

    label = "Mattermost bot"
    chat = "Mattermost"
    example = {"user_id": "k9m3x7qj1tgd8rwz5n2pb4ceho", "channel_id": ""}
    finds_by_email = True

    class Form(PersonOrRoomForm):
        user_id = forms.RegexField(
            ID,
            required=False,
            label="User ID",
            help_text="Of a person: 26 letters and digits. A button of the bot tells it to whoever "
            "is not known yet.",
        )
        channel_id = forms.RegexField(
            ID,
            required=False,
            label="Channel ID",
            help_text="Of a channel that many read: its menu, View Info, shows the ID at the end.",
        )
