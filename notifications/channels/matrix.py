"""Messages in rooms of Matrix."""

from django import forms

from notifications.channels._base import ProvidedChannel

BUDGET_S = 40.0  # five requests, where the bot has to join a room that is named by an alias


class Channel(ProvidedChannel):
    """A room of several people, or one of the bot and one person."""

    label = "Matrix"
    example = {"room": "!ops:matrix.example", "mention": ""}
    for_sharing = True
    address_field = "room"
    has_threads = True

    class Form(forms.Form):
        room = forms.RegexField(
            r"^[!#]\S+$",
            max_length=255,
            help_text="The room's id (!…) or alias (#ops:matrix.example); invite the bot to it.",
        )
        mention = forms.RegexField(
            r"^@\S+:\S+$",
            required=False,
            max_length=255,
            help_text="Who is mentioned when it is urgent, such as @alice:matrix.example.",
        )

    def budget_s(self) -> float:
        return BUDGET_S
