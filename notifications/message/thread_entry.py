"""What has happened to an incident, as a line below the message about it. Pure."""

from django.utils.translation import gettext as _

from incidents.choices import IncidentStatus
from notifications.choices import NotificationEvent
from notifications.message.headings import HEADINGS
from notifications.message.message import Message


def thread_entry(message: Message) -> str:
    """``Acknowledged. It is assigned to Jane.``, in plain text, with warnings before it."""
    first = message.incidents[0]
    is_over = first.status == IncidentStatus.RESOLVED or first.merged_into is not None
    if message.written:
        return message.own_words
    owned = " " + _("It is assigned to {name}.").format(name=first.assignee)
    owner = owned if first.assignee and not is_over else ""
    words = [message.own_title or f"{_(HEADINGS[message.event][0])}.{owner}", message.own_text]
    if message.event == NotificationEvent.UPDATED:
        words.append(message.reason)
    return "\n".join(["\n".join(message.warnings), *words]).strip()
