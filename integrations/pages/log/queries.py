"""Pages of the Inbound Log, fast with a million rows: never counted, never skipped through."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from integrations.models import InboundMessage, InboundMessageQuerySet

PAGE = 50
# What no index finds is looked for in so many messages at a time; then the reader goes on.
STRETCH = 20_000
RARE = (InboundMessage.Status.FAILED, InboundMessage.Status.REJECTED, InboundMessage.Status.PENDING)
UNSEEN = ("integration__rules", "integration__token", "integration__signature_secret")
SPANS = {
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


def page(rows: InboundMessageQuerySet, asked: Mapping[str, str], now: datetime) -> Page:
    """The page that the filters ask for; a filter that means nothing is no filter."""
    rows = _narrow(rows, asked, now).order_by("-pk")
    if (before := asked.get("before", "")).isdecimal():
        rows = rows.filter(pk__lt=int(before[:18]))
    floor = None
    if weak := _weak(asked):
        floor = rows.values_list("pk", flat=True)[STRETCH : STRETCH + 1].first()
        rows = rows.filter(weak)
    if floor is not None:
        rows = rows.filter(pk__gt=floor)
    shown = rows.select_related("integration").without_payload().defer(*UNSEEN)
    found = list(shown[: PAGE + 1])
    if len(found) > PAGE:
        return Page(found[:PAGE], found[PAGE - 1].pk, None)
    return Page(found, floor and floor + 1, floor)


def _narrow(
    rows: InboundMessageQuerySet, asked: Mapping[str, str], now: datetime
) -> InboundMessageQuerySet:
    """By what an index finds."""
    if (integration := asked.get("integration", "")).isdecimal():
        rows = rows.filter(integration=int(integration[:18]))
    if asked.get("status") in RARE:
        rows = rows.filter(status=asked["status"])
    if span := SPANS.get(asked.get("span", "")):
        rows = rows.filter(received_at__gt=now - span[1])
    return rows


def _weak(asked: Mapping[str, str]) -> Q | None:
    """By what is looked at row by row."""
    found = Q()
    status = asked.get("status", "")
    if status in InboundMessage.Status and status not in RARE:
        found &= Q(status=status)
    if (service := asked.get("service", "")).isdecimal():
        found &= Q(service=int(service[:18]))
    for word in asked.get("q", "").replace("\x00", "").split()[:5]:
        texts = Q(subject__icontains=word) | Q(source_id__icontains=word)
        texts |= Q(source_name__icontains=word) | Q(source__icontains=word)
        if word.lstrip("#").isdecimal() and len(word) < 18:
            texts |= Q(pk=int(word.lstrip("#"))) | Q(incident=int(word.lstrip("#")))
        found &= texts
    return found or None
