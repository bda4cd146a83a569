"""The pages of maintenance windows: what is silent now, what will be, and what was."""

from datetime import datetime, time, timedelta
from functools import wraps
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from incidents.errors import DomainError
from incidents.models import Incident, Service
from integrations.errors import RulesError
from integrations.maintenance.descriptions import describe_occurrence, describe_timetable
from integrations.maintenance.matching import REASON, state_of, timetable_of
from integrations.maintenance.recurrence import datetime_on
from integrations.maintenance.rules import FIELDS, describe_filters, describe_targets
from integrations.models import MANAGE, Integration, MaintenanceWindow
from integrations.pages.maintenance.filter_rows import OFFERED
from integrations.pages.maintenance.forms import CurrentForm, TimesForm, WindowForm
from integrations.setup import maintenance
from opsportal.lib import pages

TABS = [("current", "Current"), ("planned", "Planned"), ("past", "Past"), ("all", "All")]
UNPROCESSABLE = 422
SHOWN = 200
NEXT_FEW = 5
NINE = time(9)


def manages(view):
    """Signed in, and entitled to make and end windows; else 403."""
    return pages.signed_in()(permission_required(MANAGE, raise_exception=True)(view))


def changes_one(view):
    """A POST about one window, which the view gets in place of its number."""

    @wraps(view)
    def inner(request, pk):
        return view(request, get_object_or_404(_visible(request.user), pk=pk))

    return manages(require_POST(inner))


def _visible(user):
    rows = MaintenanceWindow.objects.visible_to(user).select_related("created_by")
    return rows.prefetch_related("services", "integrations")


@pages.signed_in()
@require_safe
def window_list(request):
    now = timezone.now()
    tab = request.GET.get("tab", "")
    rows = [_line(row, now) for row in _visible(request.user).order_by("-starts_at")]
    counts = {key: sum(key in (line["state"], "all") for line in rows) for key, _ in TABS}
    if tab not in counts:
        tab = next((key for key, _ in TABS if counts[key]), "current")
    shown = [line for line in rows if tab in (line["state"], "all")]
    if tab in ("current", "planned"):
        shown.sort(key=lambda line: line["next"].start)
    context = {
        "title": "Maintenance",
        "tab": tab,
        "tabs": [(key, name, counts[key]) for key, name in TABS],
        "rows": shown[:SHOWN],
        "left_off": len(shown) - SHOWN,
        "may_change": request.user.has_perm(MANAGE),
    }
    if pages.is_partial(request):
        return render(request, "integrations/windows/_rows.html", context)
    return pages.page(request, "integrations/windows/list.html", context)


def _line(row, now):
    times = timetable_of(row)
    coming = next(times.after(now), None)
    return {
        "row": row,
        "state": state_of(row, now),
        "next": coming,
        "targets": describe_targets(row),
        "conditions": describe_filters(row),
        "times": describe_timetable(times),
    }


@manages
def new_window(request):
    """Ask for everything; with ``service`` or ``integration`` in the address that is ticked."""
    form = (
        WindowForm(request.POST)
        if request.method == "POST"
        else WindowForm(initial=_now_on(request))
    )
    if request.method == "POST" and _is_ready(request, form):
        row = _attempt(
            form, lambda: maintenance.add_window(by=request.user, **form.fields_of_window)
        )
        if row:
            messages.success(request, f"{row} is {state_of(row, timezone.now())}.")
            return redirect(row)
    status = UNPROCESSABLE if form.is_bound else 200
    context = {"title": "New maintenance window", "form": form, **CHOICES}
    return pages.page(request, "integrations/windows/new.html", context, status=status)


CHOICES = {"operators": OFFERED, "known_fields": [*FIELDS, "tags.", "custom_fields."]}


def _now_on(request):
    """Two hours from the next full one on, in the zone of whoever asks."""
    start = timezone.localtime().replace(minute=0, second=0, microsecond=0, tzinfo=None)
    start += timedelta(hours=1)
    return {
        "starts": start,
        "ends": start + timedelta(hours=2),
        "services": request.GET.getlist("service"),
        "integrations": request.GET.getlist("integration"),
    }


def _attempt(form, deed):
    """What the deed makes; None with the refusal at the form."""
    try:
        return deed()
    except (DomainError, RulesError) as refusal:
        form.add_error(None, str(refusal))
    return None


@pages.signed_in()
def window(request, pk):
    """One window: when, what for, what it holds back, and what of it may be changed."""
    row = get_object_or_404(_visible(request.user), pk=pk)
    now = timezone.now()
    state = state_of(row, now)
    may_change = request.user.has_perm(MANAGE) and state != "past"
    form = _form(request, row, state, now) if may_change else None
    ready = request.method == "POST" and form is not None and _is_ready(request, form)
    if ready and (saved := _attempt(form, lambda: _change(row, form))):
        messages.success(request, f"{saved} is changed.")
        return redirect(saved)
    times = timetable_of(row)
    held = (
        Incident.objects.visible_to(request.user)
        .unresolved()
        .filter(suppressed_reason=f"{REASON}{row}")
    )
    context = {
        "title": row.name,
        **_line(row, now),
        "occurrences": [
            (found, describe_occurrence(found, times.zone))
            for found in times.next_few(now, NEXT_FEW)
        ],
        "held": held.for_list().order_by("-pk")[:SHOWN] if state == "current" else [],
        "form": form,
        "may_change": may_change,
        "may_delete": request.user.has_perm(MANAGE),
        "is_series": row.recurrence != "once",
        **CHOICES,
    }
    status = UNPROCESSABLE if form is not None and form.is_bound else 200
    return pages.page(request, "integrations/windows/detail.html", context, status=status)


def _form(request, row, state, now):
    data = request.POST if request.method == "POST" else None
    if state == "planned":
        if data is None:
            return WindowForm.of(row)
        form = WindowForm(data)
        form.is_plain = WindowForm.of(row).is_plain
        return form
    zone = ZoneInfo(row.time_zone)
    present = timetable_of(row).at(now)
    end = present.end if present else row.ends_at  # It may have ended just now.
    ends = end.astimezone(zone).replace(tzinfo=None)
    return CurrentForm(data, zone=zone, initial={"name": row.name, "note": row.note, "ends": ends})


def _is_ready(request, form):
    """Whether it is to be saved, and can be: for another row nobody is told what is wrong yet."""
    if "more" not in request.POST:
        return form.is_valid()
    form.errors.clear()
    return False


def _change(row, form):
    if isinstance(form, CurrentForm):
        fields = form.cleaned_data
        if "ends" not in form.changed_data:
            return maintenance.change_window(row.pk, name=fields["name"], note=fields["note"])
        return maintenance.prolong(row.pk, fields["ends"], name=fields["name"], note=fields["note"])
    fields = form.fields_of_window
    if not form.is_plain:  # Written by script: the form does not show it, and does not lose it.
        del fields["conditions"]
    return maintenance.change_window(row.pk, **fields)


@changes_one
def end(request, row):
    """End it now; a series goes on with its next occurrence unless all of it is meant."""
    maintenance.end_window(row.pk, series="series" in request.POST)
    messages.success(request, f"{row} has ended: what is still open pages now.")
    return redirect(pages.back(request, "maintenance"))


@changes_one
def delete(request, row):
    maintenance.delete_window(row.pk)
    messages.success(request, f"{row} is deleted: what only it held back pages now.")
    return redirect("maintenance")


@manages
@require_safe
def preview(request):
    """When it takes place, in words, and the next times. For a form that is being filled in."""
    form = TimesForm(request.GET)
    context: dict[str, Any] = {"form": form}
    if form.is_valid():
        times = form.times
        coming = times.next_few(timezone.now(), NEXT_FEW)
        context |= {
            "says": describe_timetable(times),
            "spans": [describe_occurrence(one, times.zone) for one in coming],
        }
    return render(request, "integrations/windows/_preview.html", context)


@manages
@require_POST
def silence(request):
    """One service or one integration, from now on for a while."""
    targets, name = _target(request.POST, request.user)
    now = timezone.now()
    row = maintenance.add_window(
        name=f"{name} silenced"[:150],
        starts_at=now,
        ends_at=_until(request.POST.get("for"), now),
        time_zone=timezone.get_current_timezone_name(),
        by=request.user,
        **targets,
    )
    messages.success(request, f"{name} is silent: its new alerts page nobody until then.")
    return redirect(row)


def _target(data: QueryDict, user):
    for field, model in (("service", Service), ("integration", Integration)):
        if field in data:
            found = get_object_or_404(model.objects.visible_to(user), pk=_number(data[field]))
            return {f"{field}s": [found]}, found.name
    return {}, ""


def _number(text):
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 18 else 0


def _until(wanted, now: datetime):
    if wanted == "morning":
        zone = timezone.get_current_timezone()
        tomorrow = now.astimezone(zone).date() + timedelta(days=1)
        return datetime_on(datetime.combine(tomorrow, NINE), zone) or now + timedelta(hours=12)
    return now + timedelta(hours=4 if wanted == "4h" else 1)
