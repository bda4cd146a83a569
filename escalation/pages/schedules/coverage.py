"""The page of the coverage: by policy the next 30 days as a strip, and what is wrong."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from escalation.actions import coverage
from escalation.choices import DefectLevel
from escalation.coverage.collect import AHEAD
from escalation.coverage.findings import LEVELS
from escalation.coverage.links import link_of
from escalation.coverage.sentences import cost, sentence
from escalation.models import CoverageDefect, CoverageReview
from escalation.pages.schedules.timeline_rows import View, view_of
from escalation.rights.schedule_rights import ignorable_by
from incidents.errors import InvalidRequest
from incidents.models import User
from incidents.views.base import SignedInRequest, requires, run_and_redirect
from opsportal.lib import pages

SEE = "escalation.view_schedule"
TONES = {DefectLevel.RED: "red", DefectLevel.AMBER: "amber", DefectLevel.INFO: "blue"}
IGNORE_CHOICES = {"1": "for 1 day", "7": "for 1 week", "30": "for 30 days", "90": "for 90 days"}


@dataclass(frozen=True, slots=True)
class Shown:
    """A defect as the page says it."""

    row: CoverageDefect
    text: str
    cost: str
    link: str
    tone: str
    is_ignored: bool
    may_ignore: bool


@dataclass(slots=True)
class Group:
    """The defects of one policy, or of one schedule whatever tells it."""

    name: str
    rows: list[Shown] = field(default_factory=list)
    bars: list[dict[str, str]] = field(default_factory=list)


class IgnoreForm(forms.Form):
    """For how many days, and why."""

    days = forms.ChoiceField(choices=list(IGNORE_CHOICES.items()))
    reason = forms.CharField(max_length=300)


@requires(SEE)
@require_safe
def coverage_page(request: SignedInRequest) -> HttpResponse:
    """What is wrong in the next 30 days, the worst first."""
    now, user = timezone.now(), request.user
    view = view_of(user.zone, now.astimezone(user.zone).date(), AHEAD.days)
    rows = CoverageDefect.objects.visible_to(user).present().select_related("policy", "schedule")
    found = sorted(rows, key=lambda row: (LEVELS.index(DefectLevel(row.level)), row.spans))
    may_ignore = ignorable_by(user)
    shown = [_shown(row, user, now, may_ignore=may_ignore(row)) for row in found]
    context = {
        "title": "Coverage",
        "groups": _groups([one for one in shown if not one.is_ignored], view),
        "ignored": [one for one in shown if one.is_ignored],
        "counts": coverage.counts(now),
        "days": view.days(),
        "choices": IGNORE_CHOICES.items(),
        "reviewed_at": CoverageReview.objects.values_list("reviewed_at", flat=True).first(),
    }
    return pages.render_page(request, "schedules/coverage.html", context)


def _shown(row: CoverageDefect, user: User, now: datetime, *, may_ignore: bool) -> Shown:
    return Shown(
        row=row,
        text=sentence(row.kind, row.facts, row.get_spans(), user.zone),
        cost=cost(row.kind, row.facts),
        link=link_of(row),
        tone=TONES[DefectLevel(row.level)],
        is_ignored=bool(row.ignored_until and row.ignored_until > now),
        may_ignore=may_ignore,
    )


def _groups(shown: Iterable[Shown], view: View) -> list[Group]:
    groups: dict[str, Group] = {}
    for one in shown:
        name = str(one.row.policy or one.row.schedule or "People")
        group = groups.setdefault(name, Group(name))
        group.rows.append(one)
        group.bars += _bars(one, view)
    return list(groups.values())


def _bars(one: Shown, view: View) -> list[dict[str, str]]:
    """What is info is no bar: it may last for all the days, and hide the others."""
    if one.row.level == DefectLevel.INFO:
        return []
    spans = [(max(a, view.start), min(b, view.end)) for a, b in one.row.get_spans()]
    return [
        {"left": view.place(a), "right": view.place(b), "tone": one.tone, "title": one.text}
        for a, b in spans
        if a < b
    ]


def _row(request: SignedInRequest, pk: int) -> CoverageDefect:
    """The defect that the person may ignore. Raises Http404 or PermissionDenied."""
    seen = CoverageDefect.objects.visible_to(request.user).present()
    row = get_object_or_404(seen.select_related("policy", "schedule"), pk=pk)
    if not ignorable_by(request.user)(row):
        raise PermissionDenied
    return row


@requires(SEE)
@require_POST
def ignore_defect(request: SignedInRequest, pk: int) -> HttpResponse:
    row, form = _row(request, pk), IgnoreForm(request.POST)

    def ignore() -> str:
        if not form.is_valid():
            raise InvalidRequest("Say why it may be ignored, and for how long.")
        found: dict[str, Any] = form.cleaned_data
        now = timezone.now()
        until = now + timedelta(days=int(found["days"]))
        coverage.ignore(row, until, by=request.user, reason=found["reason"], now=now)
        return "It is ignored until then."

    return run_and_redirect(request, ignore, "coverage")


@requires(SEE)
@require_POST
def stop_ignoring(request: SignedInRequest, pk: int) -> HttpResponse:
    row = _row(request, pk)

    def stop() -> str:
        coverage.stop_ignoring(row)
        return "It counts again."

    return run_and_redirect(request, stop, "coverage")
