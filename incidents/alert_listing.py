"""The list of alerts: what is asked for in its address, and one page of it.

Pages are found by keyset, without a count. What no index answers is looked for in so many alerts
at a time; then the reader goes on. So a page costs the same however many alerts there are.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from incidents.listing import WINDOWS
from incidents.models import Alert, User
from incidents.models.alert import AlertQuerySet
from opsportal.lib.pages import parse_id

PAGE_SIZE = 50
SEARCH_SIZE = 20_000  # alerts that one page looks through
MAX_WORDS = 5
STATUSES = {"open": "Open", "closed": "Closed", "all": "All"}
NOT_SHOWN = ("long_text", "short_text", "attributes", "recent_occurrences", "dedup_key")


@dataclass(frozen=True, slots=True)
class Page:
    """Alerts, newest first. ``older`` is where the next page begins, None at the end;
    ``searched_to`` the alert at which a search has stopped though there may be more."""

    rows: list[Alert]
    older: int | None
    searched_to: int | None

    @property
    def search_note(self) -> str:
        """Where a search has stopped; '' for the end of a full page."""
        return f"Searched back to alert {self.searched_to}." if self.searched_to else ""

    @property
    def next_label(self) -> str:
        """The label of the link to older alerts."""
        return "Search older alerts" if self.searched_to else "Older"


def read_page(wanted: dict[str, Any], *, user: User, now: datetime) -> Page:
    """The page that the filters ask for, of the alerts that the person may see. Two queries."""
    rows = _indexed(Alert.objects.all(), wanted, now).order_by("-pk")
    if wanted.get("before"):
        rows = rows.filter(pk__lt=wanted["before"])
    floor = rows.values_list("pk", flat=True)[SEARCH_SIZE : SEARCH_SIZE + 1].first()
    rows = rows.visible_to(user).filter(_unindexed(wanted))
    if floor is not None:
        rows = rows.filter(pk__gt=floor)
    found = list(rows.select_related("service").defer(*NOT_SHOWN)[: PAGE_SIZE + 1])
    if len(found) > PAGE_SIZE:
        return Page(found[:PAGE_SIZE], found[PAGE_SIZE - 1].pk, None)
    return Page(found, floor and floor + 1, floor)


def _indexed(rows: AlertQuerySet, wanted: dict[str, Any], now: datetime) -> AlertQuerySet:
    """Filters that an index answers."""
    if wanted["status"] == "open":
        rows = rows.filter(closed_at=None)
    if wanted.get("service"):
        rows = rows.filter(service=wanted["service"])
    if wanted.get("incident"):
        rows = rows.filter(incident=wanted["incident"])
    if wanted.get("time"):
        rows = rows.filter(opened_at__gte=now - WINDOWS[wanted["time"]])
    return rows


def _unindexed(wanted: dict[str, Any]) -> Q:
    """Filters that are checked row by row."""
    found = Q(closed_at__isnull=False) if wanted["status"] == "closed" else Q()
    if wanted.get("severity"):
        found &= Q(severity=wanted["severity"])
    for field in ("source", "source_name"):
        if wanted.get(field):
            found &= Q(**{f"{field}__icontains": wanted[field]})
    for word in wanted.get("q", "").split()[:MAX_WORDS]:
        texts = Q(title__icontains=word) | Q(source__icontains=word)
        texts |= Q(source_name__icontains=word) | Q(source_id__icontains=word)
        if (number := parse_id(word.lstrip("#"))) is not None:
            texts |= Q(pk=number) | Q(incident=number)
        found &= texts
    return found
