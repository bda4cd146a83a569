"""What a recipient is told, before any channel gives it a shape. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from typing import Any

from incidents.choices import IncidentStatus, Severity, Urgency
from notifications.choices import NotificationEvent
from notifications.message.incident_summary import Action, IncidentSummary, one_line, order
from notifications.page import PAGES

__all__ = ["ASKING", "Action", "IncidentSummary", "Message", "compose"]

MAX_LISTED = 20
MAX_TITLE = 200
MAX_SERVICE = 60
MIN_REPORTED_DELAY_S = 60
TEST_MARK = "TEST: "
REACHED = "Yes, this reached me"
ASK_REACHED = f"Did it reach you? Open the link and press “{REACHED}”."

ASKING = (*PAGES, NotificationEvent.SLA_WARNING, NotificationEvent.SLA_BREACHED)
# How the title begins: of one incident, and of several.
HEADINGS = {
    NotificationEvent.TRIGGERED: ("Incident", "incidents"),
    NotificationEvent.ACKNOWLEDGED: ("Acknowledged", "incidents acknowledged"),
    NotificationEvent.RESOLVED: ("Resolved", "incidents resolved"),
    NotificationEvent.MERGED: ("Merged", "incidents merged into others"),
    NotificationEvent.UPDATED: ("Update", "incidents updated"),
    NotificationEvent.REOPENED: ("Reopened", "incidents reopened"),
    NotificationEvent.SLA_WARNING: ("SLA at risk", "incidents near their SLA"),
    NotificationEvent.SLA_BREACHED: ("SLA breached", "incidents past their SLA"),
    NotificationEvent.WORKFLOW: ("About", "incidents"),
    NotificationEvent.NOTICE: ("Notice", "notices"),
    NotificationEvent.TEST: ("Test", "incidents (test)"),
    NotificationEvent.VERIFICATION: ("Code", "codes"),
}


@dataclass(frozen=True, slots=True)
class PagedPerson:
    """Who was paged; ``address`` is that on the channel of the message, '' for none."""

    name: str
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One thing to tell one recipient. The delivery id stays the same when it is tried again."""

    event: NotificationEvent
    recipient: str
    delivery_id: str
    sent_at: datetime
    incidents: tuple[IncidentSummary, ...] = ()
    title: str = ""
    text: str = ""  # of a notice
    body: str = ""
    url: str = ""
    proves: bool = False  # a test, and behind its link its reader says that it came
    urgent: bool = False
    may_repeat: bool = False
    is_redelivery: bool = False  # somebody asked for what was sent before to be sent again
    delayed_by_s: int = 0
    code: str = ""
    reason: str = ""
    own_title: str = ""  # words of a workflow, in place of those of the event
    own_text: str = ""
    paged: tuple[PagedPerson, ...] = ()  # of one incident, where a shared channel mentions people
    in_reply_to: str = ""  # the provider's id of the message about the same incident
    # Of a message to a subscriber of a status page: whose news it is, the link that ends the
    # subscription, and what a program is posted.
    published_by: str = ""
    unsubscribe_url: str = ""
    document: Mapping[str, Any] | None = None
    zone: tzinfo = UTC  # of the reader

    @property
    def facts(self) -> list[tuple[str, str]]:
        """Labels and values of the first incident, with times as the reader's clock shows them."""
        return self.incidents[0].facts(zone=self.zone) if self.incidents else []

    @property
    def subject(self) -> str:
        """The title with the worst severity and the service before it, for a list of mails."""
        if not self.incidents:
            return self.title
        services = list(dict.fromkeys(b.service for b in self.incidents if b.service))
        where = one_line(services[0], MAX_SERVICE) if services else ""
        if len(services) > 1:
            where += f" and {len(services) - 1} more"
        mark = TEST_MARK if self.is_test else ""
        title = self.title.removeprefix(mark)
        place = f"{where}: " if where else ""
        return one_line(f"{mark}[{self.incidents[0].severity}] {place}{title}", MAX_TITLE)

    @property
    def link_label(self) -> str:
        """What stands on the link, where it has a text of its own."""
        return REACHED if self.proves else "Open"

    @property
    def listed(self) -> tuple[IncidentSummary, ...]:
        """The incidents that are written out; the others are only counted."""
        return self.incidents[:MAX_LISTED]

    @property
    def unlisted(self) -> int:
        return len(self.incidents) - len(self.listed)

    @property
    def asks(self) -> bool:
        """Whether it asks somebody to act, and does not only report that it was done."""
        return self.event in ASKING

    @property
    def is_test(self) -> bool:
        """Whether it is about nothing but tests."""
        if not self.incidents:
            return self.event == NotificationEvent.TEST
        return all(summary.is_test for summary in self.incidents)

    @property
    def warnings(self) -> list[str]:
        """What is to be known of this message itself before its content is believed."""
        lines = []
        if self.incidents and self.is_test:
            lines.append("This is a test that somebody asked for. Nothing is wrong.")
        elif any(summary.is_test for summary in self.incidents):
            lines.append("Some of these are tests. They are marked so.")
        if self.delayed_by_s >= MIN_REPORTED_DELAY_S:
            lines.append(f"This message comes {duration(self.delayed_by_s)} late.")
        if self.is_redelivery:
            lines.append("Somebody has sent this again.")
        elif self.may_repeat:
            lines.append("You may have had this before: its delivery was never confirmed.")
        return lines


def compose(draft: Message, *, zone: tzinfo | None = None) -> Message:
    """The draft with its texts: one incident in full, or several, worst first, in a list."""
    summaries = order(draft.incidents)
    message = replace(
        draft,
        incidents=summaries,
        url=draft.url or (summaries[0].url if summaries else ""),
        urgent=_is_urgent(draft.event, summaries),
        zone=zone or draft.zone,
    )
    return replace(message, title=_title(message), body=_body(message))


def duration(seconds: int) -> str:
    """Roughly how long, in the two largest units that matter."""
    minutes = seconds // 60
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    if hours:
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    return f"{minutes} min"


def _is_urgent(event: NotificationEvent, summaries: Iterable[IncidentSummary]) -> bool:
    """Whether a phone should be loud: somebody is asked for, and now."""
    return event in ASKING and any(
        b.urgency == Urgency.HIGH and b.status == IncidentStatus.OPEN for b in summaries
    )


def _title(message: Message) -> str:
    if message.event == NotificationEvent.VERIFICATION:
        return f"{message.code} is your OpsPortal code"
    if message.event == NotificationEvent.NOTICE:
        return one_line(message.title, MAX_TITLE)
    if not message.incidents:
        return "Test message from OpsPortal"
    first, count = message.incidents[0], len(message.incidents)
    one, several = HEADINGS[message.event]
    mark = TEST_MARK if message.is_test else ""
    if message.own_title:
        return one_line(f"{mark}{message.own_title}", MAX_TITLE)
    if count == 1:
        return one_line(f"{mark}{one} #{first.number}: {first.title}", MAX_TITLE)
    critical = sum(b.severity == Severity.CRITICAL and not b.is_test for b in message.incidents)
    worst = f", {critical} critical" if critical and message.asks else ""
    return one_line(f"{mark}{count} {several}{worst}: #{first.number} {first.title}", MAX_TITLE)


def _body(message: Message) -> str:
    why = f"Why you: {message.reason}" if message.reason else ""
    parts = ["\n".join(message.warnings), message.own_text.strip(), _content(message), why]
    return "\n\n".join(part for part in parts if part)


def _content(message: Message) -> str:
    if message.event == NotificationEvent.VERIFICATION:
        return f"Your code is {message.code}. Enter it in OpsPortal to confirm this address."
    if message.event == NotificationEvent.NOTICE:
        return "\n\n".join(part for part in (message.text, message.url) if part)
    if not message.incidents:
        test = "This is a test. A page for you will arrive the same way."
        return f"{test}\n\n{ASK_REACHED}\n\n{message.url}" if message.proves else test
    if len(message.incidents) == 1:
        return _whole(message)
    lines = [summary.line for summary in message.listed]
    lines.append(f"and {message.unlisted} more: {message.url}" if message.unlisted else message.url)
    return "\n".join(line for line in lines if line)


def _whole(message: Message) -> str:
    summary = message.incidents[0]
    rows = "\n".join(f"{label}: {value}" for label, value in message.facts)
    parts = [one_line(summary.title, 1024), rows, summary.details, summary.url]
    return "\n\n".join(part for part in parts if part)
