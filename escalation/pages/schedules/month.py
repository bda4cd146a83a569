"""The month of a schedule as a table: whoever is on call on each day."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_safe

from escalation.models import Schedule
from escalation.on_call import schedule_facts
from escalation.on_call.schedule_explanations import Explainer
from escalation.on_call.schedule_facts import time_of
from escalation.pages.schedules.dates import month_from
from escalation.pages.schedules.timeline_rows import TONES, View, view_of
from escalation.schedules import resolver
from escalation.schedules.timeline import Piece, Timeline, same_people
from incidents.models import User
from incidents.views.base import SignedInRequest, requires
from opsportal.lib import pages

SEE = "escalation.view_schedule"
MAX_SHOWN = 3  # shifts of a day; the others are folded


@dataclass(frozen=True, slots=True)
class DayShift:
    """Who is on call on a part of a day; ``begins`` is '' where it began before."""

    names: str
    begins: str
    at: int
    tone: int
    is_mine: bool


@dataclass(frozen=True, slots=True)
class Cell:
    """A day of the table, with its first shifts and the others."""

    day: date
    is_other: bool
    is_today: bool
    shifts: list[DayShift] = field(default_factory=list)

    @property
    def shown(self) -> list[DayShift]:
        """The first three."""
        return self.shifts[:MAX_SHOWN]

    @property
    def folded(self) -> list[DayShift]:
        """Those after them."""
        return self.shifts[MAX_SHOWN:]


@requires(SEE)
@require_safe
def schedule_month(request: SignedInRequest, pk: int) -> HttpResponse:
    """The weeks of a month, in the zone of the schedule."""
    row = get_object_or_404(Schedule.objects.visible_to(request.user), pk=pk)
    zone = ZoneInfo(row.zone)
    today = timezone.now().astimezone(zone).date()
    first = month_from(request.GET.get("month"), today)
    context = {
        "title": f"{row.name}, {first:%B %Y}",
        "schedule": row,
        "first": first,
        "earlier": first - timedelta(days=1),
        "later": first + timedelta(days=32),
        "weeks": weeks_of(row, first, today, request.user),
        "days": [first - timedelta(days=first.weekday()) + timedelta(days=n) for n in range(7)],
    }
    return pages.render_page(request, "schedules/month.html", context)


def weeks_of(schedule: Schedule, first: date, today: date, reader: User) -> list[list[Cell]]:
    """The weeks, from Monday on, that hold days of the month."""
    zone = ZoneInfo(schedule.zone)
    monday = first - timedelta(days=first.weekday())
    following = (first + timedelta(days=32)).replace(day=1)
    count = -(-(following - monday).days // 7)
    spans = [_span(zone, monday + timedelta(days=number)) for number in range(count * 7)]
    start, end = spans[0].start, spans[-1].end
    facts = schedule_facts.load([schedule], time_of(start), time_of(end))[schedule.pk]
    pieces = resolver.shifts(facts, start, end)
    explainer = Explainer([facts], pieces, zone)
    cells = []
    for number, span in enumerate(spans):
        day = monday + timedelta(days=number)
        shifts = [_shift(one, span, explainer, reader) for one in _of_day(pieces, span)]
        cells.append(Cell(day, day.month != first.month, day == today, shifts))
    return [cells[number : number + 7] for number in range(0, len(cells), 7)]


def _span(zone: ZoneInfo, day: date) -> View:
    return view_of(zone, day, 1)


def _of_day(pieces: Timeline, span: View) -> Timeline:
    """The pieces that a day touches; neighbours with the same people are one."""
    return same_people(one for one in pieces if one.end > span.start and one.start < span.end)


def _shift(piece: Piece, span: View, explainer: Explainer, reader: User) -> DayShift:
    names = " + ".join(explainer.name(place.user) for place in piece.places)
    begins = piece.start > span.start
    return DayShift(
        names=names or "Nobody",
        begins=f"{time_of(piece.start).astimezone(span.zone):%H:%M}" if begins else "",
        at=max(piece.start, span.start),
        tone=piece.places[0].user % TONES if piece.places else -1,
        is_mine=any(place.user == reader.pk for place in piece.places),
    )
