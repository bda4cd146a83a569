"""Subscribing to shifts by a calendar, and files of them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from escalation.actions import feeds
from escalation.choices import FeedKind
from escalation.models import Feed, Schedule
from escalation.on_call.schedule_facts import schedules_of
from escalation.on_call.shift_documents import export_calendar, export_csv
from escalation.on_call.shift_rows import rows_of
from escalation.pages.schedules.dates import day_from, midnight
from incidents.errors import DomainError
from incidents.models import User
from incidents.views.base import SignedInRequest, requires, run_and_redirect
from opsportal.lib import pages

SEE = "escalation.view_schedule"
MAX_EXPORT = timedelta(days=731)
# How soon what changed is seen, by what the vendors say.
REFRESH_FACTS = (
    ("Google Calendar", "8 to 24 hours, not settable"),
    ("Outlook on the web, Microsoft 365", "about 3 hours, may exceed 24"),
    ("Apple Calendar", "every 5 minutes to weekly, as you choose; hourly at first"),
    ("Thunderbird", "30 minutes"),
    ("Fastmail", "hourly"),
    ("Proton Calendar", "4 to 16 hours"),
)


def subscriptions(user: User, schedule: Schedule | None = None) -> dict[str, Any]:
    """What the panel of calendars needs: one's live feeds, of one schedule or all."""
    rows: QuerySet[Feed] = user.feeds.live().select_related("schedule", "user")
    if schedule is not None:
        rows = rows.filter(schedule=schedule)
    today = timezone.now().date()
    return {
        "feeds": list(rows),
        "of_schedule": schedule,
        "export_from": today,
        "export_to": today + timedelta(days=27),
    }


@requires(SEE)
@require_POST
def add_feed(request: SignedInRequest) -> HttpResponse:
    """A new calendar; its address is shown on the page that answers, and never again."""
    number = pages.parse_id(request.POST.get("schedule"))
    seen = Schedule.objects.visible_to(request.user)
    schedule = get_object_or_404(seen, pk=number) if number else None
    kind = FeedKind.WHOLE if schedule and request.POST.get("kind") == "whole" else FeedKind.MINE
    return _show_once(request, lambda: feeds.add_feed(request.user, schedule, kind))


@requires(SEE)
@require_POST
def replace_feed(request: SignedInRequest, pk: int) -> HttpResponse:
    """The same calendar at a new address, which is shown once."""
    row = get_object_or_404(Feed.objects.visible_to(request.user), pk=pk)
    return _show_once(request, lambda: feeds.replace_feed(row))


@requires(SEE)
@require_POST
def revoke_feed(request: SignedInRequest, pk: int) -> HttpResponse:
    """The address of a calendar opens nothing any more."""
    row = get_object_or_404(Feed.objects.visible_to(request.user), pk=pk)

    def revoke() -> str:
        feeds.revoke_feed(row)
        return "The calendar is revoked: its address opens nothing any more."

    return run_and_redirect(request, revoke, pages.return_url(request, "my_shifts"))


def _show_once(request: SignedInRequest, make: Callable[[], tuple[Feed, str]]) -> HttpResponse:
    try:
        row, address = make()
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect(pages.return_url(request, "my_shifts"))
    context = {
        "title": "Subscribe",
        "feed": row,
        "address": address,
        "webcal": f"webcal://{address.partition('://')[2]}",
        "refresh_facts": REFRESH_FACTS,
        "back": pages.return_url(request, "my_shifts"),
    }
    answer = pages.render_page(request, "schedules/feed_once.html", context)
    answer["Cache-Control"] = "no-store"
    answer["Referrer-Policy"] = "no-referrer"
    return answer


@requires(SEE)
@require_safe
def export_schedule(request: SignedInRequest, pk: int) -> HttpResponse:
    """The shifts of everybody in a schedule, from one day to another, as a file."""
    row = get_object_or_404(Schedule.objects.visible_to(request.user), pk=pk)
    return _export(request, [row], str(row), ZoneInfo(row.zone), None)


@requires(SEE)
@require_safe
def export_mine(request: SignedInRequest) -> HttpResponse:
    """One's own shifts, from one day to another, as a file."""
    return _export(request, None, "On call", request.user.zone, request.user)


def _export(
    request: SignedInRequest,
    schedules: list[Schedule] | None,
    name: str,
    zone: ZoneInfo,
    user: User | None,
) -> HttpResponse:
    """As iCalendar, or as CSV with ``?as=csv``; days are those of the zone, both included."""
    today = timezone.now().astimezone(zone).date()
    first = day_from(request.GET.get("from"), today)
    last = day_from(request.GET.get("to"), first + timedelta(days=27))
    if not first <= last <= first + MAX_EXPORT:
        return HttpResponse("Choose at most two years, the first day first.", status=400)
    start, end = midnight(first, zone), midnight(last + timedelta(days=1), zone)
    if schedules is None:
        schedules = schedules_of(request.user, start, end)
    rows = rows_of(schedules, start, end, zone=zone, user=user)
    if request.GET.get("as") == "csv":
        answer = HttpResponse(export_csv(rows, zone), content_type="text/csv; charset=utf-8")
        ending = "csv"
    else:
        answer = HttpResponse(
            export_calendar(name, zone, rows), content_type="text/calendar; charset=utf-8"
        )
        ending = "ics"
    answer["Content-Disposition"] = f'attachment; filename="on-call-{first}-{last}.{ending}"'
    return answer
