"""Summary of one incident for messages. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from incidents.choices import IncidentStatus, Severity, Urgency
from notifications.message.words import severity_word, status_word, urgency_word
from notifications.response_options import ALL

MAX_LISTED_TITLE = 100
MAX_SUMMARY = 1000
# The labels of facts; what is shown is in the reader's language.
SERVICE = gettext_noop("Service")
SEVERITY = gettext_noop("Severity")
PRIORITY = gettext_noop("Priority")
URGENCY = gettext_noop("Urgency")
STATUS = gettext_noop("Status")
ASSIGNED_TO = gettext_noop("Assigned to")
OPENED = gettext_noop("Opened")


@dataclass(frozen=True, slots=True)
class Action:
    """Something a reader can do; ``kind`` is acknowledge, resolve or open."""

    kind: str
    label: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentSummary:
    """An incident at the moment of sending; nothing that a channel has to look up."""

    number: int
    title: str
    status: str
    urgency: str
    severity: str
    url: str
    opened_at: datetime
    service_id: int | None = None
    service: str = ""
    priority: str = ""
    assignee_id: int | None = None
    assignee: str = ""
    summary: str = ""
    actions: tuple[Action, ...] = ()
    allowed: frozenset[str] = ALL  # the answers that this channel takes
    bridge: str = ""  # places to meet, with " · " between them
    is_test: bool = False
    paging_round: int = 0
    merged_into: int | None = None  # the number of the incident that it became a part of

    @property
    def state(self) -> str:
        """The status as people write it, in the reader's language."""
        if self.merged_into:
            return _("merged into #{number}").format(number=self.merged_into)
        return status_word(self.status)

    @property
    def dial_in(self) -> str:
        """The first telephone number of the bridge, with its code: ``+49 30 1, code 12``."""
        places = (place.strip() for place in self.bridge.split(" · "))
        return next((one for one in places if "://" not in one and any(map(str.isdigit, one))), "")

    @property
    def details(self) -> str:
        """The summary, cut where it stops being a message; its lines are kept."""
        text = "\n".join(line.rstrip() for line in self.summary.strip().splitlines())
        return text if len(text) <= MAX_SUMMARY else text[: MAX_SUMMARY - 1].rstrip() + "…"

    @property
    def line(self) -> str:
        """The incident as one line of a list."""
        where = f" ({self.service})" if self.service else ""
        title = one_line(self.title, MAX_LISTED_TITLE)
        mark = f"{_('TEST')} " if self.is_test else ""
        word = severity_word(self.severity)
        return f"{mark}#{self.number} {word}: {title}{where}, {self.state}"

    def facts(self, *, zone: tzinfo = UTC) -> list[tuple[str, str]]:
        """What there is to say besides the title: labels and values, nothing empty."""
        opened = self.opened_at.astimezone(zone)
        rows = [
            (SERVICE, self.service),
            (SEVERITY, severity_word(self.severity)),
            (PRIORITY, self.priority),
            (URGENCY, urgency_word(self.urgency)),
            (STATUS, self.state),
            (
                ASSIGNED_TO,
                self.assignee or (_("nobody yet") if self.status == IncidentStatus.OPEN else ""),
            ),
            (OPENED, f"{opened:%Y-%m-%d %H:%M} {opened.tzname()}"),
        ]
        return [(_(label), value) for label, value in rows if value]

    @property
    def severity_word(self) -> str:
        """The severity in the reader's language."""
        return severity_word(self.severity)


def order(summaries: Iterable[IncidentSummary]) -> tuple[IncidentSummary, ...]:
    """Worst first, of equal ones the newest, and tests after all others."""
    return tuple(sorted(summaries, key=lambda b: (_rank(b), -b.opened_at.timestamp(), -b.number)))


def _rank(summary: IncidentSummary) -> tuple[bool, bool, int]:
    known = summary.severity in Severity
    rank = Severity(summary.severity).rank if known else len(Severity)
    return summary.is_test, summary.urgency != Urgency.HIGH, rank


def one_line(text: str, limit: int) -> str:
    """The text without line breaks or control characters, and not longer than ``limit``."""
    clean = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return clean if len(clean) <= limit else clean[: limit - 1].rstrip() + "…"
