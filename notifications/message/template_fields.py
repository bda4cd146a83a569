"""The fields of message templates, with their values for a message. Pure."""

from typing import Any

from django.utils.translation import gettext as _

from incidents.choices import Severity
from notifications.message.headings import HEADINGS
from notifications.message.incident_summary import one_line
from notifications.message.message import Message, test_mark
from notifications.message.short import WORDS, names
from notifications.message.words import severity_word, urgency_word

MAX_OTHERS = 3
# What stands in each field, for whoever writes a template.
FIELDS = {
    "number": "Number of the incident; of several, of the worst.",
    "title": "Its title.",
    "service": "Its service.",
    "services": "The service, and of several incidents how many more.",
    "severity": "critical, error, warning or info, in the reader's language.",
    "urgency": "high or low, in the reader's language.",
    "priority": "Such as P1; empty without one.",
    "status": "open, acknowledged, on hold or resolved, in the reader's language.",
    "assignee": "Who has it; empty for nobody.",
    "summary": "Its description, at most 1,000 characters.",
    "opened": "When it was opened, in the reader's time zone: use the filter date.",
    "age": "Seconds since it was opened: use the filter duration.",
    "url": "Link to the incident; of several, to the list.",
    "ack_url": "Link that acknowledges without a login; empty where the reader may not.",
    "bridge": "Places to meet, such as a telephone conference.",
    "reason": "Why the reader is told.",
    "recipient": "Name of the person or room.",
    "count": "How many incidents the message tells of.",
    "critical_count": "How many of them are critical.",
    "incidents": "All of them as a list, one a line.",
    "others": "The next three after the worst, as #1043 Disk full, …",
    "event": "What has happened, such as Incident, Acknowledged or Resolved.",
    "news": "The same for text messages: RESOLVED, REOPENED, …; empty for a page.",
    "heading": "The usual title without severity and service.",
}


def fields_of(message: Message) -> dict[str, Any]:
    """The values for a message of at least one incident: strings, numbers and one time."""
    first = message.incidents[0]
    opened = first.opened_at.astimezone(message.zone)
    acknowledge = next((one.url for one in first.actions if one.kind == "acknowledge"), "")
    return {
        "number": first.number,
        "title": one_line(first.title, 1024),
        "service": first.service,
        "services": message.services,
        "severity": severity_word(first.severity),
        "urgency": urgency_word(first.urgency),
        "priority": first.priority,
        "status": first.state,
        "assignee": first.assignee,
        "summary": first.details,
        "opened": opened,
        "age": max(0, int((message.sent_at - first.opened_at).total_seconds())),
        "url": message.url,
        "ack_url": acknowledge,
        "bridge": first.bridge,
        "reason": message.reason,
        "recipient": message.recipient,
        **_of_all(message),
    }


def _of_all(message: Message) -> dict[str, Any]:
    lines = [summary.line for summary in message.listed]
    if message.more:
        lines.append(message.more)
    critical = sum(
        one.severity == Severity.CRITICAL and not one.is_test for one in message.incidents
    )
    return {
        "count": len(message.incidents),
        "critical_count": critical if message.asks else 0,
        "incidents": "\n".join(lines),
        "others": names(message.incidents[1 : 1 + MAX_OTHERS]),
        "event": _(HEADINGS[message.event][min(len(message.incidents), 2) - 1]),
        "news": _(WORDS[message.event]) if message.event in WORDS else "",
        "heading": message.title.removeprefix(test_mark()),
    }
