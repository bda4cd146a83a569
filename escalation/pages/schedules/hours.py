"""The fairness ledger of a schedule as a page, and of a month as CSV."""

import csv
from dataclasses import astuple, dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_safe

from escalation.models import Schedule
from escalation.on_call.ledger import Ledger, Line, by_burden, ledger_of
from escalation.pages.schedules.dates import midnight, month_from
from incidents.export import safe_cell
from incidents.models import User
from incidents.views.base import SignedInRequest, requires
from opsportal.lib import pages

SEE = "escalation.view_schedule"
SHORTEST = timedelta(minutes=1)
WEEKS = (4, 12, 52)
EVEN_PERCENT = 95
HEADS = (
    *("schedule", "person", "email", "minutes", "night_minutes", "weekend_minutes"),
    *("holiday_minutes", "outside_work_minutes", "taken_minutes", "given_minutes"),
    *("pages", "night_pages", "wake_ups"),
)


@dataclass(frozen=True, slots=True)
class Balance:
    """How even something is, in per cent; None where fewer than two are on call."""

    name: str
    percent: int | None

    @property
    def is_even(self) -> bool:
        """From 95 % on."""
        return self.percent is None or self.percent >= EVEN_PERCENT


@requires(SEE)
@require_safe
def hours(request: SignedInRequest, pk: int) -> HttpResponse:
    """Bars for each person, some weeks back or ahead."""
    row = get_object_or_404(Schedule.objects.visible_to(request.user), pk=pk)
    weeks = pages.parse_id(request.GET.get("weeks")) or 12
    weeks = weeks if weeks in WEEKS else 12
    is_ahead = request.GET.get("ahead") == "1"
    now = timezone.now()
    far = timedelta(weeks=weeks)
    start, end = (now, now + far) if is_ahead else (max(row.created_at, now - far), now)
    ledger = ledger_of(row, start, end) if end - start > SHORTEST else Ledger()
    lines = ledger.lines
    most = max((line.minutes.total for line in lines), default=0)
    context = {
        "title": f"Hours of {row}",
        "schedule": row,
        "lines": [(line, _bars(line, most)) for line in lines],
        "balances": _balances(ledger),
        "covered": round(ledger.covered * 100, 1),
        "next": _next(row, lines, now),
        "weeks": weeks,
        "choices": WEEKS,
        "is_ahead": is_ahead,
        "month": f"{now.astimezone(ZoneInfo(row.zone)):%Y-%m}",
    }
    return pages.render_page(request, "schedules/hours.html", context)


def _bars(line: Line, most: int) -> dict[str, str]:
    """Parts of the longest bar, for CSS."""
    found = line.minutes
    whole = most or 1
    return {name: f"{getattr(found, name) / whole:.4f}" for name in ("total", "night", "weekend")}


def _balances(ledger: Ledger) -> list[Balance]:
    names = {"All hours": "total", "Nights": "night", "Week-ends": "weekend"}
    found = {title: ledger.balance(name) for title, name in names.items()}
    return [
        Balance(title, None if share is None else round(share * 100))
        for title, share in found.items()
    ]


def _next(row: Schedule, lines: list[Line], now: datetime) -> list[User]:
    """Who should take the next shift, of those who have any."""
    return by_burden(row, [line.user for line in lines if line.user.is_active], now)[:3]


@requires(SEE)
@require_safe
def hours_csv(request: SignedInRequest, pk: int) -> HttpResponse:
    """A month (``?month=2026-11``) by the clock of the schedule, a row for each person."""
    row = get_object_or_404(Schedule.objects.visible_to(request.user), pk=pk)
    zone = ZoneInfo(row.zone)
    first = month_from(request.GET.get("month"), timezone.now().astimezone(zone).date())
    following = (first + timedelta(days=32)).replace(day=1)
    start, end = midnight(first, zone), midnight(following, zone)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    name = f"hours-{row.pk}-{first:%Y-%m}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    writer = csv.writer(response)
    writer.writerow(HEADS)
    for line in ledger_of(row, start, end).lines:
        writer.writerow(_cells(row, line))
    return response


def _cells(row: Schedule, line: Line) -> list[Any]:
    texts = [safe_cell(text) for text in (row, line.user, line.user.email)]
    rest = [line.taken, line.given, line.pages, line.night_pages, line.wake_ups]
    return [*texts, *astuple(line.minutes), *rest]
