"""Messages in Telegram, to a person, a group or a topic of one, sent by a bot."""

from django import forms

from notifications.channels._base import ProvidedChannel


class Channel(ProvidedChannel):
    """A person, a group or a topic, by a bot that was written to first: /start tells the id."""

    label = "Telegram"
    example = {"chat_id": "123456789", "topic": ""}
    for_sharing = True
    address_field = "chat_id"
    has_threads = True

    class Form(forms.Form):
        chat_id = forms.RegexField(
            r"^(-?\d{1,20}|@[A-Za-z]\w{3,31})$",
            label="Chat id",
            help_text="Write /start to the bot, or into a group that it is in: it answers with the "
            "id. A group's begins with a minus. A public channel: its @name.",
        )
        topic = forms.RegexField(
            r"^\d{1,10}$",
            required=False,
            label="Topic id",
            help_text="Only for one topic of a group: the number in the link to it.",
        )

    def stranger_text(self, address: str) -> str:
        return (
            "OpsPortal does not know who you are here, so nothing was changed. Add Telegram to "
            "your contact methods there."
        )
