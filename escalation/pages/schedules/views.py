"""Pages that show who is on call, and the buttons on them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Case, Q, Value, When
from django.db.models.functions import Lower
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from escalation.actions.overrides import BY_HAND, UNDO_FOR
from escalation.models import Override, Schedule
from escalation.on_call import schedule_facts
from escalation.on_call.schedule_explanations import Explainer, spell
from escalation.on_call.schedule_facts import instant_of, time_of
from escalation.pages.incidents.incident_forms import PersonForm
from escalation.pages.schedules.calendars import subscriptions
from escalation.pages.schedules.dates import day_from, time_from
from escalation.pages.schedules.queries import Now, on_call_now, week_of
from escalation.pages.schedules.timeline_rows import Bar, Row, rows_of, view_of
from escalation.rights.schedule_rights import (
    manages,
    may_add,
    may_cancel,
    may_take,
    takeable,
)
from escalation.schedules import resolver
from escalation.schedules.timeline import cut
from escalation.why.on_call import why_on_call
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
MAX_SHIFT_AHEAD = timedelta(days=3 * 366)


@requires(SEE)
@require_safe
def on_call(request: SignedInRequest) -> HttpResponse:
    """Who is on call now, in the schedules of one's teams first."""
    is_mine = Q(team__in=request.user.memberships.values("team"))
    mine_first = Case(When(is_mine, then=Value(0)), default=Value(1))
    rows = Schedule.objects.visible_to(request.user).select_related("team")
    page = pages.paginate(request, rows.order_by(mine_first, Lower("name"), "pk"), PAGE_SIZE)
    found = on_call_now(list(page.object_list), request.user, timezone.now())
    context = {"title": "On call now", "rows": found, "page": page}
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
    found = week_of(page.object_list, view)
    may_take = takeable(page.object_list, request.user)
    context = {
        "title": "Schedules",
        "rows": page.object_list,
        "lines": [_line(row, bars, may_take=row.pk in may_take) for row, bars in found],
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
    found = row.overrides.filter(ends_at__gt=now, cancelled_at=None)
    coming = list(found.select_related("schedule", "instead_of", "made_by", "replaces")[:50])
    edges = _edges(coming, request.user, present)
    context = {
        "title": row.name,
        "schedule": row,
        "present": present,
        "lines": [_drawn(line, present, edges) for line in rows],
        "edges": edges,
        "undo": _undo(coming, request.user, now),
        "view": view,
        "list": rows[0].bars,
        "as_table": request.GET.get("as") == "table",
        "days": view.days(),
        "zone": zone,
        "is_mine": is_mine,
        "has_two_zones": request.user.time_zone != row.zone,
        "now": view.place(instant_of(now)) if view.start <= instant_of(now) < view.end else "",
        "weeks": weeks,
        "choices": WEEKS,
        "overrides": _overrides(coming, request.user, is_manager=present.may_change),
        "policies": sorted({target.step.policy for target in _targets(row)}, key=str),
        "versions": row.versions.filter(withdrawn_at=None, effective_from__gt=now),
        "may_change": present.may_change,
        "may_take": present.may_take,
        **subscriptions(request.user, row),
        **_around(request, zone, weeks * 7),
    }
    return pages.render_page(request, "schedules/detail.html", context)


@requires(SEE)
@require_safe
def shift(request: SignedInRequest, pk: int) -> HttpResponse:
    """Who is on call in a schedule at one instant, why, and who of its layers is not."""
    row = get_object_or_404(Schedule.objects.visible_to(request.user), pk=pk)
    now = timezone.now()
    at = instant_of(time_from(request.GET.get("at"), now + MAX_SHIFT_AHEAD) or now)
    start = time_of(at)
    facts = schedule_facts.load([row], start, start + timedelta(days=400))[row.pk]
    piece = resolver.piece_at(facts, at)
    definition = facts.definition_at(at)
    layers = [
        (layer, cut(resolver.layer_timeline(facts, definition, layer, [(at, at + 1)]), at, at + 1))
        for layer in sorted(definition.layers, key=lambda layer: -layer.rank)
    ]
    zone = ZoneInfo(row.zone)
    shown = [piece, *(one for _, found in layers for one in found)]
    explainer = Explainer([facts], shown, zone)
    is_manager = manages(row, request.user)
    context = {
        "title": f"{row.name}, {spell(start, zone)}",
        "schedule": row,
        "start": start,
        "end": time_of(piece.end),
        "zone": zone,
        "people": [
            (
                explainer.people.get(place.user),
                place.role,
                explainer.why(place),
                place.user == request.user.pk or is_manager,
            )
            for place in piece.places
        ],
        "is_over": time_of(piece.end) <= now,
        "nobody": explainer.why_nobody(piece),
        "layers": [
            (layer, [explainer.name(p.user) for one in found for p in one.places])
            for layer, found in layers
        ],
        "may_override": may_take(row, request.user),
        "may_ask": request.user.has_perm(RESPOND),
        **_why(request, row, start),
    }
    return pages.render_page(request, "schedules/shift.html", context)


def _why(request: SignedInRequest, row: Schedule, at: datetime) -> dict[str, Any]:
    """The form that asks why a person is (not) on call then, and the answer once it was asked."""
    asked = PersonForm(request.GET, viewer=request.user)
    person = asked.cleaned_data["person"] if asked.is_valid() else None
    form = PersonForm(initial={"person": person or request.user}, viewer=request.user)
    answer = why_on_call(row, person, at, ZoneInfo(row.zone)) if person else None
    return {"form": form, "person": person, "answer": answer, "at": instant_of(at)}


def _drawn(line: Row, present: Now, edges: Mapping[int, str]) -> dict[str, Any]:
    """A row of one schedule as the template draws it."""
    return {
        "name": line.name,
        "bars": [replace(bar, edges=edges.get(bar.override, "")) for bar in line.bars],
        "is_final": line.is_final,
        "note": line.note,
        **_links(present.schedule, may_take=present.may_take),
    }


def _line(row: Schedule, bars: Sequence[Bar], *, may_take: bool) -> dict[str, Any]:
    """A row of many schedules."""
    return {
        "name": row.name,
        "url": row.get_absolute_url(),
        "bars": bars,
        "is_final": True,
        **_links(row, may_take=may_take),
    }


def _links(row: Schedule, *, may_take: bool) -> dict[str, str]:
    override = reverse("schedule_override", args=[row.pk]) if may_take else ""
    return {"shift_url": reverse("schedule_shift", args=[row.pk]), "override_url": override}


def _targets(row: Schedule) -> Any:
    return row.targets.select_related("step__policy")


def _edges(rows: Sequence[Override], user: User, present: Now) -> dict[int, str]:
    """Of each override whose times the person may change, by its id: where that is done, and from
    when until when it is. As ``may_change_times``, without a query for each."""
    own = [user.pk] if present.may_take else None
    return {
        row.pk: f"{reverse('override_times', args=[row.pk])} {instant_of(row.starts_at)}"
        f" {instant_of(row.ends_at)}"
        for row in rows
        if row.origin in BY_HAND
        and (present.may_change or (row.people == own and may_cancel(row, user, is_manager=False)))
    }


def _undo(rows: Sequence[Override], user: User, now: datetime) -> Override | None:
    """The override whose times the person has changed last, while that can be undone."""
    changed = [
        row
        for row in rows
        if row.replaces_id and row.made_by_id == user.pk and now - row.made_at < UNDO_FOR
    ]
    return max(changed, key=lambda row: row.made_at, default=None)


def _overrides(
    rows: Sequence[Override], user: User, *, is_manager: bool
) -> list[tuple[Override, str, bool]]:
    """(row, whom it puts on call, whether the person may cancel it)."""
    people = User.objects.in_bulk({person for row in rows for person in row.people})
    return [
        (
            row,
            " + ".join(str(people[one]) for one in row.people if one in people) or "Nobody",
            row.cover_id is None and may_cancel(row, user, is_manager=is_manager),
        )
        for row in rows
    ]


def _first_day(request: HttpRequest, zone: ZoneInfo) -> date:
    """The day that ``?from=`` names; else yesterday."""
    yesterday = (timezone.now().astimezone(zone) - timedelta(days=1)).date()
    return day_from(request.GET.get("from"), yesterday)


def _around(request: HttpRequest, zone: ZoneInfo, days: int) -> dict[str, str]:
    """The days with which the spans before and after begin."""
    first = _first_day(request, zone)
    return {
        "earlier": f"{first - timedelta(days=days):%Y-%m-%d}",
        "later": f"{first + timedelta(days=days):%Y-%m-%d}",
    }
