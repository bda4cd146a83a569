"""Pages of the Inbound Log: by keyset, without a count, so that their time does not grow."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from integrations.models import InboundMessage, InboundMessageQuerySet
from opsportal.lib.pages import parse_id

PAGE_SIZE = 50
# Filters without an index look through so many messages at a time; then the reader goes on.
SEARCH_SIZE = 20_000
INDEXED = (
    InboundMessage.Status.FAILED,
    InboundMessage.Status.REJECTED,
    InboundMessage.Status.PENDING,
)
NOT_SHOWN = ("integration__rules", "integration__token", "integration__signature_secret")
TIME_RANGES = {
    "hour": ("the last hour", timedelta(hours=1)),
    "day": ("the last 24 hours", timedelta(days=1)),
    "week": ("the last 7 days", timedelta(days=7)),
    "month": ("the last 30 days", timedelta(days=30)),
}


@dataclass(frozen=True, slots=True)
class Page:
    """Messages, newest first. ``older`` is where the next page begins, None at the end;
    ``searched_to`` the place where a search has stopped though there may be more."""

    rows: list[InboundMessage]
    older: int | None
    searched_to: int | None

    @property
    def search_note(self) -> str:
        """Where a search has stopped; '' for the end of a full page."""
        return f"Searched back to message {self.searched_to}." if self.searched_to else ""

    @property
    def next_label(self) -> str:
        """The label of the link to older messages."""
        return "Search older messages" if self.searched_to else "Older"


def read_page(rows: InboundMessageQuerySet, asked: Mapping[str, str], now: datetime) -> Page:
    """The page that the filters ask for; an unreadable filter is ignored. At most 2 queries."""
    rows = _indexed(rows, asked, now).order_by("-pk")
    if (before := parse_id(asked.get("before"))) is not None:
        rows = rows.filter(pk__lt=before)
    floor = None
    if condition := _unindexed(asked):
        floor = rows.values_list("pk", flat=True)[SEARCH_SIZE : SEARCH_SIZE + 1].first()
        rows = rows.filter(condition)
    if floor is not None:
        rows = rows.filter(pk__gt=floor)
    shown = rows.select_related("integration").without_payload().defer(*NOT_SHOWN)
    found = list(shown[: PAGE_SIZE + 1])
    if len(found) > PAGE_SIZE:
        return Page(found[:PAGE_SIZE], found[PAGE_SIZE - 1].pk, None)
    return Page(found, floor and floor + 1, floor)


def _indexed(
    rows: InboundMessageQuerySet, asked: Mapping[str, str], now: datetime
) -> InboundMessageQuerySet:
    """Filters that an index answers."""
    for name in ("integration", "alert", "incident"):
        if (number := parse_id(asked.get(name))) is not None:
            rows = rows.filter(**{name: number})
    if asked.get("status") in INDEXED:
        rows = rows.filter(status=asked["status"])
    if time_range := TIME_RANGES.get(asked.get("span", "")):
        rows = rows.filter(received_at__gt=now - time_range[1])
    return rows


def _unindexed(asked: Mapping[str, str]) -> Q | None:
    """Filters that are checked row by row; None without any."""
    found = Q()
    status = asked.get("status", "")
    if status in InboundMessage.Status and status not in INDEXED:
        found &= Q(status=status)
    if (service := parse_id(asked.get("service"))) is not None:
        found &= Q(service=service)
    for word in asked.get("q", "").replace("\x00", "").split()[:5]:
        texts = Q(subject__icontains=word) | Q(source_id__icontains=word)
        texts |= Q(source_name__icontains=word) | Q(source__icontains=word)
        if (number := parse_id(word.lstrip("#"))) is not None:
            texts |= Q(pk=number) | Q(incident=number)
        found &= texts
    return found or None
