"""The report of an integration that is forwarded: what both pagers made of each message."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import QuerySet

from integrations.forwarding.differences import (
    SENTENCES,
    Difference,
    difference_of,
    is_under_way,
)
from integrations.forwarding.keep import MARK
from integrations.models import Forward, InboundMessage, Integration

MAX_COMPARED = 5000
MAX_ROWS = 200
CHUNK = 200
# A message is kept for the old pager right after it was stored.
KEPT_AFTER = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Row:
    """A message by which both would page differently. ``forward`` is None if none was kept."""

    message: InboundMessage
    forward: Forward | None
    difference: Difference

    @property
    def sentence(self) -> str:
        return SENTENCES[self.difference]


@dataclass(slots=True)
class Report:
    """Of a span, newest first. ``rows`` are the first 200 that differ, ``counts`` all of them;
    ``is_cut``: there are more messages than were compared."""

    compared: int = 0
    same: int = 0
    under_way: int = 0
    counts: Counter[Difference] = field(default_factory=Counter)
    rows: list[Row] = field(default_factory=list)
    is_cut: bool = False

    @property
    def told(self) -> list[tuple[int, str]]:
        """How many there are of each difference, and what it is."""
        return [(number, SENTENCES[one]) for one, number in self.counts.most_common()]

    def add(self, message: InboundMessage, forward: Forward | None) -> None:
        """Compare one message."""
        if is_under_way(message, forward):
            self.under_way += 1
            return
        self.compared += 1
        found = difference_of(message, forward)
        if found is None:
            self.same += 1
            return
        self.counts[found] += 1
        if len(self.rows) < MAX_ROWS:
            self.rows.append(Row(message, forward, found))


def compare(integration: Integration, since: datetime, until: datetime, now: datetime) -> Report:
    """What came in this span, here and there; at most the newest 5,000 messages."""
    report = Report()
    rows = Forward.objects.filter(
        integration=integration, message__received_at__gte=since, message__received_at__lt=until
    )
    rows = rows.select_related("message").defer(
        "request", "body", "message__body", "message__headers"
    )
    for forward in rows.order_by("-message_id")[:MAX_COMPARED].iterator(chunk_size=CHUNK):
        report.add(forward.message, forward)
    for message in _not_kept(integration, since, until, now).iterator(chunk_size=CHUNK):
        report.add(message, None)
    report.is_cut = report.compared + report.under_way >= MAX_COMPARED
    report.rows.sort(key=lambda row: row.message.pk, reverse=True)
    return report


def _not_kept(
    integration: Integration, since: datetime, until: datetime, now: datetime
) -> QuerySet[InboundMessage]:
    """Messages that should have been forwarded and are not known to be: the process ended.

    What has our own mark was forwarded to us, and goes no further.
    """
    if integration.forward_since is None or integration.forward_until is None:
        return InboundMessage.objects.none()
    first = max(since, integration.forward_since)
    last = min(until, integration.forward_until, now - KEPT_AFTER)
    rows = InboundMessage.objects.filter(
        integration=integration,
        received_at__gte=first,
        received_at__lt=last,
        forward=None,
        is_test=False,
        replay_of=None,
    ).exclude(headers__has_key=MARK)
    rejected = InboundMessage.Status.REJECTED
    rows = rows.exclude(status=rejected).exclude(action=InboundMessage.Action.PING)
    return rows.defer("body", "headers").order_by("-pk")[:MAX_COMPARED]
