"""The editor: layers on one page, with what a change would do below them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from escalation.actions import schedules
from escalation.models import Schedule
from escalation.on_call import schedule_facts
from escalation.on_call.schedule_facts import instant_of
from escalation.pages.schedules import drafts as layer_drafts
from escalation.pages.schedules.drafts import LayerDraft
from escalation.pages.schedules.forms import ScheduleForm
from escalation.pages.schedules.impact import Impact, impact_of
from escalation.pages.schedules.problems import problems_of
from escalation.pages.schedules.starting_layers import TEMPLATES, add_layers, starting_layers
from escalation.rights.schedule_rights import may_add
from escalation.schedules.definition import Definition, HolidayRule, Turns, Unit
from escalation.schedules.facts import Facts
from escalation.serializers.schedules import DefinitionSerializer, definition_from
from incidents.errors import DomainError
from incidents.models import Team, User
from incidents.views.base import UNPROCESSABLE, SignedInRequest, requires, run_and_redirect
from incidents.wall_field import WallField
from opsportal.lib import pages
from opsportal.lib.weekly_hours import datetime_on

SEE = "escalation.view_schedule"
HOLIDAY_RULES = [
    (HolidayRule.AS_USUAL.value, "as usual"),
    (HolidayRule.OFF.value, "off"),
    (HolidayRule.ONLY.value, "only then"),
]
WHEN = [
    ("next", "at the next hand-over"),
    ("now", "now"),
    ("at", "at another time"),
]


class WhenForm(forms.Form):
    """From when on an edit holds, and how the order goes on."""

    zone = forms.ChoiceField(
        label="Time zone",
        choices=lambda: [(name, name) for name in sorted(available_timezones())],
        help_text="Its clock decides when shifts begin, also across daylight saving.",
    )
    when = forms.ChoiceField(label="Takes effect", choices=WHEN, initial="next", required=False)
    at = WallField(label="At", required=False)
    keeps_order = forms.BooleanField(
        label="The order of a changed ring goes on", required=False, initial=True
    )
    note = forms.CharField(label="Note for the history", max_length=300, required=False)


@dataclass(slots=True)
class Page:
    """What is on the page: the drafts, what is wrong with them, and what they would do."""

    drafts: list[LayerDraft]
    problems: list[str] = field(default_factory=list)
    of_layers: dict[int, list[str]] = field(default_factory=dict)
    impact: Impact | None = None
    definition: Definition | None = None

    def note(self, errors: Mapping[str, Any]) -> None:
        """Keep what DefinitionSerializer refuses, each at its layer."""
        self.problems, self.of_layers = problems_of(errors)


@requires(SEE)
@require_http_methods(["GET", "HEAD", "POST"])
def new_schedule(request: SignedInRequest) -> HttpResponse:
    if not may_add(request.user):
        raise PermissionDenied
    form = ScheduleForm(request.POST or None, user=request.user)
    template = request.GET.get("from", "")
    begun = starting_layers(template or "weekly", request.user)
    zone = request.user.time_zone
    when = WhenForm(request.POST or None, initial={"zone": zone})
    page = _page_of(request, Definition(zone), begun)
    if request.method == "POST" and not request.POST.get("do"):
        is_valid = form.is_valid() and when.is_valid()
        if is_valid and page.definition is not None:
            try:
                made = schedules.add_schedule(
                    page.definition, by=request.user, **_columns(form.cleaned_data)
                )
            except DomainError as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, f"{made} is made. A policy can tell it from now on.")
                return redirect(made)
    return _draw(request, page, form, when, None)


@requires(SEE)
@require_http_methods(["GET", "HEAD", "POST"])
def edit_schedule(request: SignedInRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Schedule.objects.changeable_by(request.user), pk=pk)
    form = ScheduleForm(request.POST or None, instance=row, user=request.user)
    when = WhenForm(request.POST or None, initial={"zone": row.zone})
    now = timezone.now()
    before = schedule_facts.definition_at(row, now)
    page = _page_of(request, before, layer_drafts.drafts_of(before))
    if request.method == "POST" and not request.POST.get("do"):
        saved = _save(request, row, form, when, page)
        if saved is not None:
            return saved
    if page.definition is not None and when.is_bound and when.is_valid():
        facts = schedule_facts.load([row], now, now + timedelta(days=400))[row.pk]
        page.impact = _impact(when, row, page.definition, facts, now)
    return _draw(request, page, form, when, row)


@requires(SEE)
@require_POST
def delete_schedule(request: SignedInRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Schedule.objects.changeable_by(request.user), pk=pk)

    def delete() -> str:
        schedules.delete_schedule(row)
        return f"{row} is deleted."

    is_kept = row.targets.exists()
    return run_and_redirect(request, delete, row if is_kept else "schedules")


def _save(
    request: SignedInRequest, row: Schedule, form: ScheduleForm, when: WhenForm, page: Page
) -> HttpResponse | None:
    """Save the name and, where the layers differ, a version; None where something is wrong."""
    if not (form.is_valid() and when.is_valid()) or page.definition is None:
        return None
    now = timezone.now()
    before = schedule_facts.definition_at(row, now)
    if page.definition == before:
        form.save()
        messages.success(request, f"{row} is saved. Who is on call has not changed.")
        return redirect(row)
    at = _effective(when, row, page.definition, now)
    if at is None:
        return None
    facts = schedule_facts.load([row], now, now + timedelta(days=400))[row.pk]
    impact = _impact(when, row, page.definition, facts, now)
    try:
        schedules.edit_schedule(
            row,
            page.definition,
            effective_from=at,
            by=request.user,
            note=when.cleaned_data["note"],
            keeps_order=when.cleaned_data["keeps_order"],
        )
    except DomainError as refusal:
        form.add_error(None, str(refusal))
        return None
    form.save()
    messages.success(request, f"{row} is saved. {impact.sentence if impact else ''}")
    return redirect(row)


def _effective(
    when: WhenForm, row: Schedule, definition: Definition, now: datetime
) -> datetime | None:
    """The moment that was chosen; None, with the error at its field, where it cannot be."""
    chosen, zone = when.cleaned_data["when"], ZoneInfo(row.zone)
    if chosen == "at":
        wall = when.cleaned_data["at"]
        at = datetime_on(wall, zone) if wall else None
        if at is None:
            when.add_error("at", f"Say when, as a time that the clock of {zone.key} shows.")
        return at
    return schedules.proposed_start(row, definition, now) if chosen != "now" else now


def _impact(
    when: WhenForm, row: Schedule, definition: Definition, facts: Facts, now: datetime
) -> Impact | None:
    at = _effective(when, row, definition, now)
    if at is None:
        return None
    zone = ZoneInfo(definition.zone)
    keeps_order = when.cleaned_data["keeps_order"]
    return impact_of(facts, definition, instant_of(at), zone, keeps_order=keeps_order)


def _page_of(request: SignedInRequest, before: Definition, begun: list[LayerDraft]) -> Page:
    """What was posted, with the effect of the button that was pressed; else what it begins with."""
    if request.method != "POST":
        return Page(begun)
    found = layer_drafts.read_drafts(request.POST)
    button = request.POST.get("do", "")
    if button:
        _press(request, found, button)
    page = Page(found)
    zone = request.POST.get("zone") or before.zone
    serializer = DefinitionSerializer(
        data=layer_drafts.document_of(zone, found, before), context={"request": request}
    )
    if serializer.is_valid():
        page.definition = definition_from(serializer.validated_data)
    elif not button or button == "look":
        page.note(serializer.errors)
    return page


def _press(request: SignedInRequest, found: list[LayerDraft], button: str) -> None:
    """What a button of the form does to the drafts."""
    word, _, template = button.partition(":")
    if word != "add-template":
        layer_drafts.press(found, button)
        return
    teams = Team.objects.visible_to(request.user)
    team = teams.filter(pk=pages.parse_id(request.POST.get("team")) or 0).first()
    add_layers(found, starting_layers(template, request.user, team))


def _columns(found: dict[str, Any]) -> dict[str, Any]:
    return {name: found[name] for name in ("name", "team", "role", "description")}


def _draw(
    request: SignedInRequest,
    page: Page,
    form: ScheduleForm,
    when: WhenForm,
    row: Schedule | None,
) -> HttpResponse:
    has_errors = bool(page.problems or page.of_layers or form.errors or when.errors)
    is_saving = request.method == "POST" and not request.POST.get("do")
    layers = [
        (number, draft, page.of_layers.get(number, [])) for number, draft in enumerate(page.drafts)
    ]
    hand_overs = page.impact.hand_overs if page.impact else []
    context = {
        "title": str(row) if row else "New schedule",
        "schedule": row,
        "form": form,
        "when": when,
        "page": page,
        "layers": [
            (number, draft, lines, hand_overs[number] if number < len(hand_overs) else [])
            for number, draft, lines in layers
        ],
        "people": [(str(p.pk), str(p)) for p in User.objects.pageable().order_by("name", "email")],
        "units": [unit.value for unit in Unit],
        "turns": [(Turns.CALENDAR.value, "by the calendar"), (Turns.DUTY.value, "by duty")],
        "holidays": HOLIDAY_RULES,
        "days": list(enumerate(layer_drafts.DAYS)),
        "templates": [(key, template.label) for key, template in TEMPLATES.items()],
        "template": request.GET.get("from", "weekly"),
        "zones": sorted(available_timezones()),
    }
    status = UNPROCESSABLE if is_saving and has_errors else 200
    return pages.render_page(request, "schedules/edit.html", context, status=status)
