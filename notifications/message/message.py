"""What a recipient is told, before any channel gives it a shape. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext, pgettext

from incidents.choices import IncidentStatus, Severity, Urgency
from notifications.choices import NotificationEvent
from notifications.message.headings import HEADINGS
from notifications.message.incident_summary import Action, IncidentSummary, one_line, order
from notifications.page import PAGES

__all__ = ["ASKING", "Action", "IncidentSummary", "Message", "compose"]

MAX_LISTED = 20
MAX_TITLE = 200
MAX_SERVICE = 60
MIN_REPORTED_DELAY_S = 60
REACHED = gettext_noop("Yes, this reached me")

ASKING = (*PAGES, NotificationEvent.SLA_WARNING, NotificationEvent.SLA_BREACHED)


@dataclass(frozen=True, slots=True)
class PagedPerson:
    """Who was paged; ``address`` is that on the channel of the message, '' for none."""

    name: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """What a template of an administrator says; ``subject`` '' where its kind has none."""

    subject: str
    text: str


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
    language: str = "en"  # of the reader
    written: Written | None = None  # by a template, in place of the usual words

    @property
    def facts(self) -> list[tuple[str, str]]:
        """Labels and values of the first incident, with times as the reader's clock shows them."""
        return self.incidents[0].facts(zone=self.zone) if self.incidents else []

    @property
    def subject(self) -> str:
        """The title with the worst severity and the service before it, for a list of mails."""
        if not self.incidents:
            return self.title
        where = self.services
        mark = test_mark() if self.is_test else ""
        title = self.title.removeprefix(mark)
        if self.written and self.written.subject:
            return one_line(f"{mark}{title}", MAX_TITLE)
        place = f"{where}: " if where else ""
        return one_line(f"{mark}[{self.incidents[0].severity_word}] {place}{title}", MAX_TITLE)

    @property
    def services(self) -> str:
        """The service of the worst incident, and how many other services there are."""
        names = list(dict.fromkeys(b.service for b in self.incidents if b.service))
        first = one_line(names[0], MAX_SERVICE) if names else ""
        return f"{first} {and_more(len(names) - 1)}" if len(names) > 1 else first

    @property
    def own_words(self) -> str:
        """What a template has written, after what is to be known of the message itself."""
        said = self.written.text if self.written else ""
        return "\n\n".join(part for part in ("\n".join(self.warnings), said) if part)

    @property
    def link_label(self) -> str:
        """What stands on the link, where it has a text of its own."""
        return _(REACHED) if self.proves else pgettext("action", "Open")

    @property
    def listed(self) -> tuple[IncidentSummary, ...]:
        """The incidents that are written out; the others are only counted."""
        return self.incidents[:MAX_LISTED]

    @property
    def unlisted(self) -> int:
        return len(self.incidents) - len(self.listed)

    @property
    def more(self) -> str:
        """How many are not written out; '' where all are."""
        return and_more(self.unlisted) if self.unlisted else ""

    @property
    def why(self) -> str:
        """The line that says why its reader is told; '' where there is nothing to say."""
        return _("Why you: {reason}").format(reason=self.reason) if self.reason else ""

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
            lines.append(_("This is a test that somebody asked for. Nothing is wrong."))
        elif any(summary.is_test for summary in self.incidents):
            lines.append(_("Some of these are tests. They are marked so."))
        if self.delayed_by_s >= MIN_REPORTED_DELAY_S:
            late = _("This message comes {time} late.")
            lines.append(late.format(time=duration(self.delayed_by_s)))
        if self.is_redelivery:
            lines.append(_("Somebody has sent this again."))
        elif self.may_repeat:
            lines.append(_("You may have had this before: its delivery was never confirmed."))
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


def with_words(message: Message, written: Written) -> Message:
    """The message in the words of a template."""
    said = replace(message, written=written)
    return replace(said, title=_title(said), body=_body(said))


def duration(seconds: int) -> str:
    """Roughly how long, in the two largest units that matter."""
    minutes = seconds // 60
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return _days(days, hours)
    if hours:
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    return f"{minutes} min"


def _days(days: int, hours: int) -> str:
    whole = pgettext("duration", "{days} d").format(days=days)
    return f"{whole} {hours} h" if hours else whole


def test_mark() -> str:
    """What stands before the title of a test."""
    return f"{_('TEST')}: "


def _is_urgent(event: NotificationEvent, summaries: Iterable[IncidentSummary]) -> bool:
    """Whether a phone should be loud: somebody is asked for, and now."""
    return event in ASKING and any(
        b.urgency == Urgency.HIGH and b.status == IncidentStatus.OPEN for b in summaries
    )


def _title(message: Message) -> str:
    if message.event == NotificationEvent.VERIFICATION:
        return _("{code} is your OpsPortal code").format(code=message.code)
    if message.event == NotificationEvent.NOTICE:
        return one_line(message.title, MAX_TITLE)
    if not message.incidents:
        return _("Test message from OpsPortal")
    first, count = message.incidents[0], len(message.incidents)
    one, several = map(_, HEADINGS[message.event])
    mark = test_mark() if message.is_test else ""
    if own := message.own_title or (message.written.subject if message.written else ""):
        return one_line(f"{mark}{own}", MAX_TITLE)
    if count == 1:
        return one_line(f"{mark}{one} #{first.number}: {first.title}", MAX_TITLE)
    critical = sum(b.severity == Severity.CRITICAL and not b.is_test for b in message.incidents)
    worst = f", {count_critical(critical)}" if critical and message.asks else ""
    return one_line(f"{mark}{count} {several}{worst}: #{first.number} {first.title}", MAX_TITLE)


def _body(message: Message) -> str:
    if message.written:
        url = "" if message.url in message.written.text else message.url
        return "\n\n".join(part for part in (message.own_words, url) if part)
    warnings = "\n".join(message.warnings)
    parts = [warnings, message.own_text.strip(), _content(message), message.why]
    return "\n\n".join(part for part in parts if part)


def and_more(count: int) -> str:
    """How many incidents there are that are not listed."""
    return ngettext("and {count} more", "and {count} more", count).format(count=count)


def count_critical(count: int) -> str:
    return ngettext("{count} critical", "{count} critical", count).format(count=count)


def ask_reached() -> str:
    """What the reader of a test is asked."""
    ask = _("Did it reach you? Open the link and press “{button}”.")
    return ask.format(button=_(REACHED))


def _content(message: Message) -> str:
    if message.event == NotificationEvent.VERIFICATION:
        asked = _("Your code is {code}. Enter it in OpsPortal to confirm this address.")
        return asked.format(code=message.code)
    if message.event == NotificationEvent.NOTICE:
        return "\n\n".join(part for part in (message.text, message.url) if part)
    if not message.incidents:
        test = _("This is a test. A page for you will arrive the same way.")
        return f"{test}\n\n{ask_reached()}\n\n{message.url}" if message.proves else test
    if len(message.incidents) == 1:
        return _whole(message)
    lines = [summary.line for summary in message.listed]
    lines.append(f"{message.more}: {message.url}" if message.more else message.url)
    return "\n".join(line for line in lines if line)


def _whole(message: Message) -> str:
    summary = message.incidents[0]
    rows = "\n".join(f"{label}: {value}" for label, value in message.facts)
    parts = [one_line(summary.title, 1024), rows, summary.details, summary.url]
    return "\n\n".join(part for part in parts if part)
