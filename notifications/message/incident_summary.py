"""Summary of one incident for messages. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from incidents.choices import IncidentStatus, Severity, Urgency
from notifications.response_options import ALL

MAX_LISTED_TITLE = 100
MAX_SUMMARY = 1000


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
        """The status as people write it."""
        if self.merged_into:
            return f"merged into #{self.merged_into}"
        return self.status.replace("_", " ")

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
        mark = "TEST " if self.is_test else ""
        return f"{mark}#{self.number} {self.severity}: {title}{where}, {self.state}"

    def facts(self, *, zone: tzinfo = UTC) -> list[tuple[str, str]]:
        """What there is to say besides the title: labels and values, nothing empty."""
        opened = self.opened_at.astimezone(zone)
        rows = [
            ("Service", self.service),
            ("Severity", self.severity),
            ("Priority", self.priority),
            ("Urgency", self.urgency),
            ("Status", self.state),
            (
                "Assigned to",
                self.assignee or ("nobody yet" if self.status == IncidentStatus.OPEN else ""),
            ),
            ("Opened", f"{opened:%Y-%m-%d %H:%M} {opened.tzname()}"),
        ]
        return [(label, value) for label, value in rows if value]


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
