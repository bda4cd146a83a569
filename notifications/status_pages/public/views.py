"""What everybody may read of a status page."""

import json
from datetime import date
from itertools import groupby

from django.http import Http404, HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone

from notifications.status_pages import badge as badges
from notifications.status_pages import feeds
from notifications.status_pages.calendar_file import calendar_of
from notifications.status_pages.documents import DOCUMENTS
from notifications.status_pages.public.answers import context_of, shown
from notifications.status_pages.reading import Snapshot
from notifications.status_pages.timeline import Report

HTML, JSON = "text/html; charset=utf-8", "application/json"
Body = tuple[bytes, str]
RECENT_DAYS = 14


@shown
def page(request: HttpRequest, snapshot: Snapshot, what: str) -> Body:
    return draw_page(request, snapshot)


def draw_page(request: HttpRequest, snapshot: Snapshot, *, is_preview: bool = False) -> Body:
    """How everything is now, the last 90 days, and what was said in the last 14."""
    today = snapshot.now.astimezone(snapshot.zone).date()
    recent = [one for one in snapshot.past if (today - _day_of(one, snapshot)).days < RECENT_DAYS]
    look = {
        "snapshot": snapshot,
        "past_days": _by_day(recent, snapshot),
        "recent_days": RECENT_DAYS,
        "is_preview": is_preview,
    }
    return _html("status/page.html", context_of(request, snapshot.page, **look))


@shown
def history(request: HttpRequest, snapshot: Snapshot, what: str) -> Body:
    """All that began in the last 90 days; what is planned stands on the page itself."""
    begun = [one for one in snapshot.reports if not one.is_upcoming]
    look = {"snapshot": snapshot, "past_days": _by_day(begun, snapshot)}
    return _html("status/history.html", context_of(request, snapshot.page, **look))


@shown
def incident(request: HttpRequest, snapshot: Snapshot, what: str) -> Body:
    """One incident or maintenance of the last 90 days. Raises Http404 for all others."""
    report = next((one for one in snapshot.reports if str(one.pk) == what), None)
    if report is None:
        raise Http404
    look = {"snapshot": snapshot, "report": report, "names": snapshot.names_of(report)}
    return _html("status/report.html", context_of(request, snapshot.page, **look))


@shown
def document(request: HttpRequest, snapshot: Snapshot, what: str) -> Body:
    """JSON by its name in ``DOCUMENTS``."""
    if what not in DOCUMENTS:
        raise Http404
    return json.dumps(DOCUMENTS[what](snapshot), ensure_ascii=False).encode(), JSON


@shown
def badge(request: HttpRequest, snapshot: Snapshot, what: str) -> Body:
    return badges.svg(snapshot).encode(), "image/svg+xml"


@shown
def rss(request: HttpRequest, snapshot: Snapshot, what: str) -> Body:
    answer = feeds.RssFeed()(request, snapshot=snapshot)
    return answer.content, answer["Content-Type"]


@shown
def atom(request: HttpRequest, snapshot: Snapshot, what: str) -> Body:
    answer = feeds.AtomFeed()(request, snapshot=snapshot)
    return answer.content, answer["Content-Type"]


@shown
def calendar(request: HttpRequest, snapshot: Snapshot, what: str) -> Body:
    return calendar_of(snapshot), "text/calendar; charset=utf-8"


def _html(template: str, context: dict[str, object]) -> Body:
    return render_to_string(template, context).encode(), HTML


def _day_of(report: Report, snapshot: Snapshot) -> date:
    return timezone.localtime(report.starts_at, snapshot.zone).date()


def _by_day(
    reports: list[Report] | tuple[Report, ...], snapshot: Snapshot
) -> list[tuple[date, list[Report]]]:
    """The reports by the day on which they began, the newest first."""
    grouped = groupby(reports, lambda one: _day_of(one, snapshot))
    return [(day, list(found)) for day, found in grouped]
