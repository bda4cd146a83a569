"""What a message says in a template of WhatsApp, whose words are approved beforehand."""

from notifications.choices import Answer
from notifications.message.message import Message
from notifications.message.short import short_text

BUTTONS = {Answer.ACKNOWLEDGE, Answer.RESOLVE}  # of the template for pages, which is approved so
MAX_CHARS = 900  # of the 1,024 of the body, which has words of its own


def text_of(message: Message) -> str:
    """The one parameter of both templates: a line, with the link last; without buttons it says
    what to answer."""
    without_buttons = number_to_act_on(message) is None
    return " ".join(short_text(message, limit=MAX_CHARS, reply=without_buttons).split())


def number_to_act_on(message: Message) -> int | None:
    """The incident that the buttons of the template for pages are about; None where it has no
    place: nobody is asked, or about several, or one of its two buttons is not taken."""
    if len(message.incidents) != 1 or not message.incidents[0].actions:
        return None
    if not message.incidents[0].allowed >= BUTTONS:
        return None
    return message.incidents[0].number
