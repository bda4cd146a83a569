"""A message in pieces, for channels that lay it out themselves. Pure; nothing is escaped here."""

from collections.abc import Callable
from dataclasses import dataclass

from notifications.choices import NotificationEvent
from notifications.message.incident_summary import Action, IncidentSummary, one_line
from notifications.message.message import Message, and_more

COLOURS = {"critical": "#c92a2a", "error": "#d9480f", "warning": "#a66300", "info": "#1864ab"}
CALM = "#2b8a3e"
PLAIN = "#343a40"
MAX_NOTE = 200
MORE_CHARS = 20  # "and 99999 more", in any language


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One incident with its facts, several as rows, or only a text."""

    title: str  # the worst severity, the service and what happened, in one line
    colour: str  # such as #c92a2a
    severity: str  # the worst that somebody is asked for; '' where nobody is
    url: str
    text: str
    note: str  # why it was sent
    facts: tuple[tuple[str, str], ...] = ()  # labels and values of one incident
    rows: tuple[IncidentSummary, ...] = ()  # of several, worst first
    count: int = 0  # of the incidents; there may be more than rows
    links: tuple[Action, ...] = ()

    def cut(self, limit: int) -> str:
        """The text in at most so many characters; its lines are kept."""
        text = self.text
        return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"

    def listing(self, write: Callable[[IncidentSummary], str], limit: int) -> str:
        """As many rows as fit into so many characters, and how many more there are; '' for none."""
        shown, room = [], limit - MORE_CHARS
        for row in self.rows:
            line = write(row)
            room -= len(line) + 1
            if room < 0:
                break
            shown.append(line)
        rest = self.count - len(shown) if self.rows else 0
        return "\n".join([*shown, and_more(rest)] if rest else shown)


def card_of(message: Message) -> Card:
    """The pieces of the message."""
    one = len(message.incidents) == 1
    is_stock = message.written is None
    worst = message.incidents[0].severity if message.incidents and message.asks else ""
    return Card(
        title=message.subject,
        colour=colour_of(message),
        severity=worst,
        url=message.url,
        text=_text(message),
        note=one_line(message.reason, MAX_NOTE) if is_stock else "",
        facts=tuple(message.facts) if one and is_stock else (),
        rows=message.listed if is_stock and not one else (),
        count=len(message.incidents),
        links=_links(message),
    )


def colour_of(message: Message) -> str:
    """That of the worst severity; a calm one where it is over, a plain one without incidents."""
    if not message.incidents:
        return PLAIN
    return COLOURS.get(message.incidents[0].severity, PLAIN) if message.asks else CALM


def _text(message: Message) -> str:
    if message.written:
        return message.own_words
    parts = ["\n".join(message.warnings), message.own_text.strip()]
    if message.event == NotificationEvent.NOTICE:
        parts.append(message.text)
    elif not message.incidents:
        return message.body
    elif len(message.incidents) == 1:
        parts.append(message.incidents[0].details)
    return "\n\n".join(part for part in parts if part)


def _links(message: Message) -> tuple[Action, ...]:
    """What the reader of one incident may do, and the page of it."""
    if not message.url or message.event == NotificationEvent.VERIFICATION:
        return ()
    acting = message.incidents[0].actions if len(message.incidents) == 1 else ()
    return (*acting, Action("open", message.link_label, message.url))
