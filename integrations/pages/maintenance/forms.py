"""The forms of a maintenance window: when, what for, and which alerts of that."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Manager
from django.forms.boundfield import BoundField
from django.utils import timezone

from incidents.models import Service
from incidents.wall_field import WallField
from integrations.maintenance.descriptions import LONG_DAYS
from integrations.maintenance.recurrence import (
    ONCE,
    WEEKLY,
    Timetable,
    day_after,
    last_day,
)
from integrations.maintenance.rules import RULES
from integrations.models import Integration, MaintenanceWindow
from integrations.pages.integration.forms import Ticks
from integrations.pages.maintenance.filter_rows import is_plain, read_rows, shown_rows
from notifications.models import StatusPage
from opsportal.lib.weekly_hours import DAYS, datetime_on

PLACES = {"ends_at": "ends", "starts_at": "starts"}
COLUMNS = set(MaintenanceWindow.editable_names())


class TimesForm(forms.Form):
    """When it takes place."""

    recurrence = forms.ChoiceField(
        label="How often",
        choices=MaintenanceWindow.Recurrence.choices,
        initial=ONCE,
        widget=forms.RadioSelect,
    )
    starts = WallField(label="Starts")
    ends = WallField(label="Ends")
    weekdays = forms.MultipleChoiceField(
        label="On these days",
        choices=[(day, LONG_DAYS[day][:3]) for day in DAYS],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    until = forms.DateField(
        label="Last day",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="None starts after this day. Empty: until somebody ends it.",
    )
    time_zone = forms.ChoiceField(
        label="Time zone",
        choices=lambda: [(name, name) for name in sorted(available_timezones())],
        initial=timezone.get_current_timezone_name,
        help_text="Start and end are local times of this zone, also across daylight saving.",
    )

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        if found.get("recurrence") == ONCE:
            found["until"] = None
        if self.errors.keys() & {"starts", "ends", "until", "time_zone", "recurrence"}:
            return found
        zone = ZoneInfo(found["time_zone"])
        for name in ("starts", "ends"):
            found[f"{name}_at"] = datetime_on(found[name], zone, is_end=name == "ends")
            if found[f"{name}_at"] is None:
                self.add_error(
                    name, f"This time does not exist in {zone.key}: daylight saving starts then."
                )
        if not self.errors:
            for name, problem in self.times.problems().items():
                self.add_error(PLACES.get(name, name), problem)
        return found

    @property
    def times(self) -> Timetable:
        """As it was written; look for its problems first."""
        found = self.cleaned_data
        zone = ZoneInfo(found["time_zone"])
        return Timetable(
            found["starts_at"],
            found["ends_at"],
            found["recurrence"],
            tuple(found["weekdays"]) if found["recurrence"] == WEEKLY else (),
            zone,
            day_after(found["until"], zone) if found["until"] else None,
        )


class WindowForm(TimesForm):
    """All of a window. A field with the name of a column is that column; the conditions are rows
    beside the fields, see `filter_rows`."""

    name = forms.CharField(label="Name", max_length=150)
    note = forms.CharField(
        label="Note",
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Why, and whom to ask.",
    )
    is_for_all = forms.BooleanField(
        label="Everything: every alert of every service",
        required=False,
    )
    services = forms.ModelMultipleChoiceField(
        Service.objects.active(), label="Services", required=False, widget=Ticks
    )
    integrations = forms.ModelMultipleChoiceField(
        Integration.objects.order_by("name"), label="Integrations", required=False, widget=Ticks
    )

    status_pages = forms.ModelMultipleChoiceField(
        StatusPage.objects.all(),
        label="Show on status pages",
        required=False,
        widget=Ticks,
        help_text="With the components of the services above. Subscribers are told at once; it "
        "begins and ends there by itself. Of a series the next five are shown.",
    )
    public_title = forms.CharField(
        label="Public title",
        required=False,
        max_length=200,
        help_text="What visitors read: the name and the note above stay here.",
    )
    public_text = forms.CharField(
        label="Public text",
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="What they will notice.",
    )

    @classmethod
    def of(cls, row: MaintenanceWindow) -> "WindowForm":
        """As it is now."""
        zone = ZoneInfo(row.time_zone)
        form = cls(
            initial={
                **{name: _initial(row, name) for name in cls.base_fields.keys() & COLUMNS},
                "starts": row.starts_at.astimezone(zone).replace(tzinfo=None),
                "ends": row.ends_at.astimezone(zone).replace(tzinfo=None),
                "until": last_day(row.until, zone),
            }
        )
        form.rows = shown_rows(row.conditions)
        form.is_plain = is_plain(row.conditions)
        return form

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rows: list[dict[str, Any]] = shown_rows([])
        self.is_plain = True

    def clean(self) -> dict[str, Any]:
        found = super().clean()
        found["conditions"], self.rows, problems = read_rows(self.data)
        for problem in problems:
            self.add_error(None, f"Filter: {problem}.")
        chosen = bool(found.get("services") or found.get("integrations"))
        if not chosen and not found.get("is_for_all"):
            self.add_error("services", "Choose services or integrations, or check everything.")
        if found.get("status_pages") and not found.get("public_title"):
            self.add_error("public_title", "Visitors of the status pages need a title.")
        if chosen and found.get("is_for_all"):
            self.add_error("is_for_all", "Choose either everything or the items below, not both.")
        return found

    @property
    def fields_of_window(self) -> dict[str, Any]:
        """The arguments of the actions in `integrations.setup.maintenance`."""
        found, times = self.cleaned_data, self.times
        return {
            **{name: found[name] for name in (*self.fields, "conditions") if name in COLUMNS},
            "weekdays": list(times.weekdays),
            "starts_at": times.starts_at,
            "ends_at": times.ends_at,
            "until": times.until,
        }

    @property
    def rule_fields(self) -> list[BoundField]:
        """The fields of the rules, but for "everything", which stands before them."""
        names = [name for rule in RULES for name in rule.columns if name in self.fields]
        return [self[name] for name in names if name != "is_for_all"]


def _initial(row: MaintenanceWindow, name: str) -> Any:
    value = getattr(row, name)
    return value.all() if isinstance(value, Manager) else value


class CurrentForm(forms.Form):
    """What may still be changed while it takes place."""

    name = forms.CharField(label="Name", max_length=150)
    note = forms.CharField(
        label="Note", required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 2})
    )
    ends = WallField(label="Ends")

    def __init__(self, *args: Any, zone: ZoneInfo, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = zone
        self.fields["ends"].help_text = f"Local time in {zone.key}."

    def clean_ends(self) -> datetime:
        at = datetime_on(self.cleaned_data["ends"], self.zone, is_end=True)
        if at is None:
            raise ValidationError("This time does not exist: daylight saving starts then.")
        return at
