"""Pages that show who is on call, and the buttons on them."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from escalation import schedule_facts
from escalation.models import Override, Schedule
from escalation.schedule_explanations import Explainer, spell
from escalation.schedule_facts import instant_of, time_of
from escalation.schedule_pages.queries import on_call_now, week_of
from escalation.schedule_pages.timeline_rows import Bar, Row, rows_of, view_of
from escalation.schedule_rights import may_add, may_cancel
from escalation.schedules import resolver
from escalation.schedules.timeline import cut
from incidents.models import Team, User
from incidents.models.people import RESPOND
from incidents.views.base import (
    SignedInRequest,
    requires,
)
from opsportal.lib import pages

SEE = "escalation.view_schedule"
WEEKS = (1, 2, 4)
PAGE_SIZE = 100


@requires(SEE)
@require_safe
def on_call(request: SignedInRequest) -> HttpResponse:
    """Who is on call now, in the schedules of one's teams first."""
    rows = Schedule.objects.visible_to(request.user).select_related("team")
    now = timezone.now()
    found = on_call_now(list(rows[:PAGE_SIZE]), request.user, now)
    may_take = request.user.has_perm(RESPOND)
    context = {"title": "On call now", "rows": found, "may_take": may_take}
    return pages.render_page(request, "schedules/on_call.html", context)


@requires(SEE)
@require_safe
def schedule_list(request: SignedInRequest) -> HttpResponse:
    """All schedules, with who is on call this week."""
    query, team = request.GET.get("q", "").strip(), pages.parse_id(request.GET.get("team"))
    rows = Schedule.objects.visible_to(request.user).select_related("team")
    if query:
        rows = rows.filter(name__icontains=query.replace("\x00", ""))
    if team:
        rows = rows.filter(team=team)
    page = pages.paginate(request, rows, PAGE_SIZE)
    zone = request.user.zone
    view = view_of(zone, _first_day(request, zone), 7)
    context = {
        "title": "Schedules",
        "rows": page.object_list,
        "lines": [_line(row, bars) for row, bars in week_of(page.object_list, view)],
        "page": page,
        "view": view,
        "days": view.days(),
        "now": view.place(instant_of(timezone.now())),
        "q": query,
        "team": team,
        "teams": Team.objects.filter(schedules__isnull=False).distinct(),
        "may_add": may_add(request.user),
        **_around(request, zone, 7),
    }
    return pages.render_page(request, "schedules/list.html", context)


@requires(SEE)
@require_safe
def schedule_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """One schedule: the timeline of some weeks, or the same as a table."""
    row = get_object_or_404(Schedule.objects.visible_to(request.user), pk=pk)
    weeks = pages.parse_id(request.GET.get("weeks")) or 2
    weeks = weeks if weeks in WEEKS else 2
    is_mine = request.GET.get("zone") == "mine"
    zone = request.user.zone if is_mine else ZoneInfo(row.zone)
    view = view_of(zone, _first_day(request, zone), weeks * 7)
    now = timezone.now()
    facts = schedule_facts.load([row], time_of(view.start), time_of(view.end))[row.pk]
    rows = rows_of(row, facts, view)
    present = on_call_now([row], request.user, now)[0]
    coming = row.overrides.filter(ends_at__gt=now, cancelled_at=None)
    context = {
        "title": row.name,
        "schedule": row,
        "present": present,
        "lines": [
            {**vars_of(line), "shift_url": reverse("schedule_shift", args=[row.pk])}
            for line in rows
        ],
        "list": rows[0].bars,
        "as_table": request.GET.get("as") == "table",
        "days": view.days(),
        "zone": zone,
        "is_mine": is_mine,
        "has_two_zones": request.user.time_zone != row.zone,
        "now": view.place(instant_of(now)) if view.start <= instant_of(now) < view.end else "",
        "weeks": weeks,
        "choices": WEEKS,
        "overrides": _overrides(coming.select_related("instead_of", "made_by")[:50], request.user),
        "policies": sorted({target.step.policy for target in _targets(row)}, key=str),
        "versions": row.versions.filter(withdrawn_at=None, effective_from__gt=now),
        "may_change": present.may_change,
        "may_take": request.user.has_perm(RESPOND),
        **_around(request, zone, weeks * 7),
    }
    return pages.render_page(request, "schedules/detail.html", context)


@requires(SEE)
@require_safe
def shift(request: SignedInRequest, pk: int) -> HttpResponse:
    """Who is on call in a schedule at one instant, why, and who of its layers is not."""
    row = get_object_or_404(Schedule.objects.visible_to(request.user), pk=pk)
    number = pages.parse_id(request.GET.get("at"))
    latest = instant_of(timezone.now()) + 3 * 366 * 86_400
    at = number if number is not None and number < latest else instant_of(timezone.now())
    start = time_of(at)
    facts = schedule_facts.load([row], start, start + timedelta(days=400))[row.pk]
    piece = resolver.piece_at(facts, at)
    definition = facts.definition_at(at)
    layers = [
        (layer, cut(resolver.layer_timeline(facts, definition, layer, at, at + 1), at, at + 1))
        for layer in sorted(definition.layers, key=lambda layer: -layer.rank)
    ]
    zone = ZoneInfo(row.zone)
    shown = [piece, *(one for _, found in layers for one in found)]
    explainer = Explainer([facts], shown, zone)
    context = {
        "title": f"{row.name}, {spell(start, zone)}",
        "schedule": row,
        "start": start,
        "end": time_of(piece.end),
        "zone": zone,
        "people": [
            (explainer.people.get(place.user), place.role, explainer.why(place))
            for place in piece.places
        ],
        "nobody": explainer.why_nobody(piece),
        "layers": [
            (layer, [explainer.name(p.user) for one in found for p in one.places])
            for layer, found in layers
        ],
        "may_override": request.user.has_perm(RESPOND),
    }
    return pages.render_page(request, "schedules/shift.html", context)


def vars_of(row: Row) -> dict[str, Any]:
    """A row as the template draws it."""
    return {"name": row.name, "bars": row.bars, "is_final": row.is_final, "note": row.note}


def _line(row: Schedule, bars: Sequence[Bar]) -> dict[str, Any]:
    return {
        "name": row.name,
        "url": row.get_absolute_url(),
        "shift_url": reverse("schedule_shift", args=[row.pk]),
        "bars": bars,
        "is_final": True,
    }


def _targets(row: Schedule) -> Any:
    return row.targets.select_related("step__policy")


def _overrides(rows: Any, user: User) -> list[tuple[Override, str, bool]]:
    """(row, whom it puts on call, whether the person may cancel it)."""
    found = list(rows)
    people = User.objects.in_bulk({person for row in found for person in row.people})
    return [
        (
            row,
            " + ".join(str(people[one]) for one in row.people if one in people) or "Nobody",
            may_cancel(row, user),
        )
        for row in found
    ]


def _first_day(request: HttpRequest, zone: ZoneInfo) -> datetime:
    """The day that ``?from=`` names; else yesterday."""
    text = request.GET.get("from", "")[:10]
    try:
        chosen = date.fromisoformat(text)
    except ValueError:
        chosen = date.min
    if 1980 <= chosen.year <= 2100:
        return datetime.combine(chosen, time())
    return (timezone.now().astimezone(zone) - timedelta(days=1)).replace(tzinfo=None)


def _around(request: HttpRequest, zone: ZoneInfo, days: int) -> dict[str, str]:
    """The days with which the spans before and after begin."""
    first = _first_day(request, zone)
    return {
        "earlier": f"{first - timedelta(days=days):%Y-%m-%d}",
        "later": f"{first + timedelta(days=days):%Y-%m-%d}",
    }
