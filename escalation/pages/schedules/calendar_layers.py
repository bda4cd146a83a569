"""Calendars of others as layers of a schedule: added, looked at, and put in force."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from escalation.actions import calendars
from escalation.actions.calendars import Draft
from escalation.models import LayerCalendar, Schedule
from escalation.on_call.calendar_reading import Copy, check_size, fetch, first_shifts
from escalation.pages.schedules.calendar_field import CalendarAddressField
from escalation.schedules.calendar_import import MAX_BYTES, CalendarUnreadable
from incidents.errors import DomainError
from incidents.models import User
from incidents.views.base import SignedInRequest, form_page, process_form, requires, say

SEE = "escalation.view_schedule"


class NamesField(forms.CharField):
    """Lines such as ``Annie = ana@example.com``, as a name in lower case → the id of a person."""

    widget = forms.Textarea(attrs={"rows": 3, "placeholder": "Annie = ana@example.com"})

    def clean(self, value: Any) -> dict[str, int]:
        found = {}
        for line in str(super().clean(value) or "").splitlines():
            if not line.strip():
                continue
            name, _, email = line.rpartition("=")
            person = User.objects.pageable().filter(email__iexact=email.strip()).first()
            if not name.strip() or person is None:
                raise ValidationError(f"“{line.strip()[:100]}”: write a name = somebody's e-mail.")
            found[" ".join(name.casefold().split())] = person.pk
        return found

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        people = User.objects.in_bulk(set(value.values()))
        lines = (f"{name} = {people[pk].email}" for name, pk in value.items() if pk in people)
        return "\n".join(lines)


class NamesForm(forms.Form):
    """Whom the names of a calendar mean."""

    names = NamesField(
        label="Names",
        required=False,
        help_text="For whom the calendar calls otherwise than the portal: one a line.",
    )


class CalendarForm(NamesForm):
    """A calendar at an address, or a file."""

    name = forms.CharField(max_length=100, help_text="Of the layer.")
    rank = forms.IntegerField(
        min_value=0, max_value=1000, initial=1, help_text="The highest that has anybody wins."
    )
    url = CalendarAddressField(
        label="Address",
        help_text="Of an iCalendar file. It is read every ten minutes; its last good copy holds.",
    )
    file = forms.FileField(label="Or a file", required=False, help_text="At most 5 MiB.")

    field_order = ["name", "rank", "url", "file", "names"]

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        if bool(found.get("url")) == bool(found.get("file")) and not self.errors:
            self.add_error("url", "Give an address or a file.")
        return found

    @property
    def draft(self) -> Draft:
        """What was written."""
        found = self.cleaned_data
        return Draft(found["name"], found["rank"], found["url"], found["names"])

    def copy(self) -> Copy:
        """What the address or the file has. Raises CalendarUnreadable."""
        if url := self.cleaned_data["url"]:
            found = fetch(url)
            if found is None:
                raise CalendarUnreadable("There is no calendar at this address.")
            return found
        body = self.cleaned_data["file"].read(MAX_BYTES + 1)
        check_size(body)
        return Copy(body)


@requires(SEE)
@require_http_methods(["GET", "HEAD", "POST"])
def add_calendar(request: SignedInRequest, pk: int) -> HttpResponse:
    """Read a calendar; what it says is looked at before it counts."""
    schedule = get_object_or_404(Schedule.objects.changeable_by(request.user), pk=pk)
    form = CalendarForm(request.POST or None, request.FILES or None)

    def add() -> HttpResponse:
        try:
            copy = form.copy()
        except CalendarUnreadable as error:
            raise DomainError(f"url: {error}") from error
        row = calendars.add_draft(schedule, form.draft, copy, timezone.now())
        return redirect("calendar_layer", pk=row.pk)

    context = {"title": "Add a calendar", "schedule": schedule, "form": form}
    return process_form(form, add, form_page(request, "schedules/calendar_new.html", context))


@requires(SEE)
@require_http_methods(["GET", "HEAD", "POST"])
def calendar_layer(request: SignedInRequest, pk: int) -> HttpResponse:
    """Whom a calendar puts on call next, and the names that it does not know."""
    mine = Schedule.objects.changeable_by(request.user)
    rows = LayerCalendar.objects.filter(schedule__in=mine).select_related("schedule")
    row = get_object_or_404(rows, pk=pk)
    form = NamesForm(request.POST or None, initial={"names": row.names})
    now = timezone.now()
    is_in_use = calendars.is_in_use(row, now)

    def change() -> HttpResponse:
        calendars.change_names(row, form.cleaned_data["names"], now)
        if request.POST.get("do") == "use" and not is_in_use:
            calendars.put_in_force(row, by=request.user, now=now)
            say(request, f"{row.name} is a layer of {row.schedule} from now on.")
            return redirect(row.schedule)
        return redirect("calendar_layer", pk=row.pk)

    zone = ZoneInfo(row.schedule.zone)
    context = {
        "title": row.name,
        "row": row,
        "schedule": row.schedule,
        "form": form,
        "is_in_use": is_in_use,
        "zone": zone,
        "shifts": first_shifts(row.shifts, zone, now),
        "is_old": is_old(row),
    }
    return process_form(form, change, form_page(request, "schedules/calendar.html", context))


def is_old(row: LayerCalendar) -> bool:
    """Whether it could not be read for an hour."""
    limit = timezone.now() - calendars.WARNED_AFTER - timedelta(minutes=1)
    return bool(row.error and row.succeeded_at and row.succeeded_at < limit)
