"""What has happened to an incident, as a line below the message about it. Pure."""

from incidents.choices import IncidentStatus
from notifications.choices import NotificationEvent
from notifications.message.message import HEADINGS, Message


def thread_entry(message: Message) -> str:
    """``Acknowledged. It is assigned to Jane.``, in plain text, with warnings before it."""
    first = message.incidents[0]
    is_over = first.status == IncidentStatus.RESOLVED or first.merged_into is not None
    owner = f" It is assigned to {first.assignee}." if first.assignee and not is_over else ""
    words = [message.own_title or f"{HEADINGS[message.event][0]}.{owner}", message.own_text]
    if message.event == NotificationEvent.UPDATED:
        words.append(message.reason)
    return "\n".join(["\n".join(message.warnings), *words]).strip()
