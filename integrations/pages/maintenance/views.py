"""The pages of maintenance windows: the list, one window, and its forms."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from functools import wraps
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from incidents.errors import DomainError
from incidents.models import Incident, Service, User
from incidents.views.base import SignedInRequest, View, form_page, process_form, requires
from integrations.errors import RulesError
from integrations.maintenance.descriptions import describe_occurrence, describe_timetable
from integrations.maintenance.matching import REASON, state_of, timetable_of
from integrations.maintenance.rules import FIELDS, describe_filters, describe_targets
from integrations.models import MANAGE, Integration, MaintenanceWindow
from integrations.pages.maintenance.filter_rows import OFFERED
from integrations.pages.maintenance.forms import CurrentForm, TimesForm, WindowForm
from integrations.pages.maintenance.queries import ALL, CURRENT, PAST, PLANNED, States
from integrations.setup import maintenance
from notifications.models import StatusPage
from notifications.models.status_page import PUBLISH
from opsportal.lib import pages
from opsportal.lib.weekly_hours import datetime_on

TABS = [(CURRENT, "Current"), (PLANNED, "Planned"), (PAST, "Past"), (ALL, "All")]
PAGE_SIZE = 50
MAX_SUPPRESSED = 200
MAX_NEXT_TIMES = 5
MAX_NAME_CHARS = 150
MORNING = time(9)
REFUSALS = (DomainError, RulesError)
CHOICES = {"operators": OFFERED, "known_fields": [*FIELDS, "tags.", "custom_fields."]}
EditForm = WindowForm | CurrentForm

# Decorates a page: signed in, and entitled to create and end windows; else 403.
manages: Callable[[View], View] = requires(MANAGE)


def changes_one(view: Callable[[SignedInRequest, MaintenanceWindow], HttpResponse]) -> View:
    """A POST about one window; the view gets the row in place of its number, or 404."""

    @wraps(view)
    def inner(request: SignedInRequest, pk: int) -> HttpResponse:
        return view(request, get_object_or_404(_visible(request.user), pk=pk))

    return manages(require_POST(inner))


def _visible(user: User) -> QuerySet[MaintenanceWindow]:
    rows = MaintenanceWindow.objects.visible_to(user).select_related("created_by")
    return rows.prefetch_related("services", "integrations")


@pages.signed_in()
@require_safe
def window_list(request: SignedInRequest) -> HttpResponse:
    """The windows in one state, paged; without ``?tab=`` the first state that has any."""
    now = timezone.now()
    states = States(_visible(request.user), now)
    counts = states.counts()
    tab = request.GET.get("tab", "")
    if tab not in counts:
        tab = next((key for key, _ in TABS if counts[key]), CURRENT)
    page = pages.paginate(request, states.in_state(tab), PAGE_SIZE)
    context = {
        "title": "Maintenance",
        "tab": tab,
        "tabs": [(key, name, counts[key]) for key, name in TABS],
        "page": page,
        "lines": [_line(row, now) for row in page],
        "may_change": request.user.has_perm(MANAGE),
    }
    if pages.is_partial(request):
        return render(request, "integrations/maintenance/_rows.html", context)
    return pages.render_page(request, "integrations/maintenance/list.html", context)


def _line(row: MaintenanceWindow, now: datetime) -> dict[str, Any]:
    """A window in words, with its state and its next occurrence."""
    times = timetable_of(row)
    return {
        "row": row,
        "state": state_of(row, now),
        "next": next(times.after(now), None),
        "targets": describe_targets(row),
        "conditions": describe_filters(row),
        "times": describe_timetable(times),
    }


@manages
def new_window(request: SignedInRequest) -> HttpResponse:
    """The form of a new window; ``?service=`` or ``?integration=`` is selected in it."""
    is_post = request.method == "POST"
    form = WindowForm(request.POST) if is_post else WindowForm(initial=_proposed(request))

    def create() -> HttpResponse:
        row = maintenance.add_window(by=request.user, **form.fields_of_window)
        messages.success(request, f"{row} is {state_of(row, timezone.now())}.")
        return redirect(row)

    context = {"title": "New maintenance window", "form": form, **CHOICES}
    _offer_status_pages(form, request.user, context)
    return _process(request, form, create, "integrations/maintenance/new.html", context)


def _offer_status_pages(form: EditForm, user: User, context: dict[str, Any]) -> None:
    """The choice of status pages is for who may publish there, where there are any."""
    offered = user.has_perm(PUBLISH) and StatusPage.objects.exists()
    context["has_status_pages"] = offered
    for name in maintenance.PUBLIC if not offered else ():
        form.fields.pop(name, None)


def _process(
    request: SignedInRequest,
    form: EditForm,
    action: Callable[[], HttpResponse],
    template: str,
    context: dict[str, Any],
) -> HttpResponse:
    """Run the action; for ``more`` only draw the form again, with another row and no errors."""
    show = form_page(request, template, context)
    if "more" in request.POST:
        form.errors.clear()
        return show(status=200)
    return process_form(form, action, show, refusals=REFUSALS)


def _proposed(request: SignedInRequest) -> dict[str, Any]:
    """Two hours from the next full hour on, in the time zone of the user."""
    start = timezone.localtime().replace(minute=0, second=0, microsecond=0, tzinfo=None)
    start += timedelta(hours=1)
    return {
        "starts": start,
        "ends": start + timedelta(hours=2),
        "services": request.GET.getlist("service"),
        "integrations": request.GET.getlist("integration"),
    }


@pages.signed_in()
def window(request: SignedInRequest, pk: int) -> HttpResponse:
    """One window: when, what for, what it suppresses, and the form of what may be changed."""
    row = get_object_or_404(_visible(request.user), pk=pk)
    now = timezone.now()
    context = _detail(request.user, row, now)
    template = "integrations/maintenance/detail.html"
    if not context["may_change"]:
        return pages.render_page(request, template, context)
    form = context["form"] = _form(request, row, context["state"], now)
    _offer_status_pages(form, request.user, context)

    def save() -> HttpResponse:
        saved = _change(row, form)
        messages.success(request, f"{saved} is changed.")
        return redirect(saved)

    return _process(request, form, save, template, context)


def _detail(user: User, row: MaintenanceWindow, now: datetime) -> dict[str, Any]:
    times, line = timetable_of(row), _line(row, now)
    suppressed = (
        Incident.objects.visible_to(user).unresolved().filter(suppressed_reason=f"{REASON}{row}")
    )
    is_current, may_manage = line["state"] == CURRENT, user.has_perm(MANAGE)
    coming = times.next_few(now, MAX_NEXT_TIMES)
    return {
        "title": row.name,
        **line,
        "occurrences": [(found, describe_occurrence(found, times.zone)) for found in coming],
        "suppressed": suppressed.for_list().order_by("-pk")[:MAX_SUPPRESSED] if is_current else [],
        "may_change": may_manage and line["state"] != PAST,
        "may_delete": may_manage,
        "is_series": row.recurrence != "once",
        **CHOICES,
    }


def _form(request: SignedInRequest, row: MaintenanceWindow, state: str, now: datetime) -> EditForm:
    data = request.POST if request.method == "POST" else None
    if state == PLANNED:
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


def _change(row: MaintenanceWindow, form: EditForm) -> MaintenanceWindow:
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
def end(request: SignedInRequest, row: MaintenanceWindow) -> HttpResponse:
    """End it now; a series goes on with its next occurrence, unless ``series`` is posted."""
    maintenance.end_window(row.pk, series="series" in request.POST)
    messages.success(request, f"{row} has ended: what is still open pages now.")
    return redirect(pages.return_url(request, "maintenance"))


@changes_one
def delete(request: SignedInRequest, row: MaintenanceWindow) -> HttpResponse:
    maintenance.delete_window(row.pk)
    messages.success(request, f"{row} is deleted: what only it suppressed pages now.")
    return redirect("maintenance")


@manages
@require_safe
def preview(request: SignedInRequest) -> HttpResponse:
    """The times of the form that is being filled in: in words, and the next occurrences."""
    form = TimesForm(request.GET)
    context: dict[str, Any] = {"form": form}
    if form.is_valid():
        times = form.times
        coming = times.next_few(timezone.now(), MAX_NEXT_TIMES)
        context |= {
            "says": describe_timetable(times),
            "spans": [describe_occurrence(one, times.zone) for one in coming],
        }
    return render(request, "integrations/maintenance/_preview.html", context)


@manages
@require_POST
def start_now(request: SignedInRequest) -> HttpResponse:
    """A window for one service or one integration, from now on."""
    targets, name = _target(request.POST, request.user)
    now = timezone.now()
    row = maintenance.add_window(
        name=f"Maintenance of {name}"[:MAX_NAME_CHARS],
        starts_at=now,
        ends_at=_until(request.POST.get("for"), now),
        time_zone=timezone.get_current_timezone_name(),
        by=request.user,
        **targets,
    )
    messages.success(request, f"{name} is in maintenance: its new alerts page nobody until then.")
    return redirect(row)


def _target(data: QueryDict, user: User) -> tuple[dict[str, Any], str]:
    """The targets of a window for the posted service or integration, and its name."""
    rows = {
        "service": Service.objects.visible_to(user),
        "integration": Integration.objects.visible_to(user),
    }
    for field, visible in rows.items():
        if field in data:
            found: Any = get_object_or_404(visible, pk=pages.parse_id(data.get(field)))
            return {f"{field}s": [found]}, found.name
    raise Http404


def _until(wanted: str | None, now: datetime) -> datetime:
    if wanted == "morning":
        zone = timezone.get_current_timezone()
        tomorrow = now.astimezone(zone).date() + timedelta(days=1)
        return datetime_on(datetime.combine(tomorrow, MORNING), zone) or now + timedelta(hours=12)
    return now + timedelta(hours=4 if wanted == "4h" else 1)
