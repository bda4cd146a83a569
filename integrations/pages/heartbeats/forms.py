"""The form of a heartbeat: its settings, and when pings are expected."""

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.utils import timezone

from integrations.heartbeats.schedule import MAX_SECONDS, UNITS, Schedule, in_units, problems_of
from integrations.models import Integration
from integrations.pages.integration.forms import BasicForm

EVERY, CRON = "every", "cron"
FIRST, AT_ONCE = "first", "at_once"
UNIT_CHOICES = [(str(size), f"{name}s") for name, size in reversed(UNITS)]
# Where a problem of the schedule stands in the form.
PLACES = {"every_seconds": "every", "grace_seconds": "grace"}
BASICS = ("name", "policy", "play", "teams", "users", "is_enabled")


class ScheduleForm(forms.Form):
    """An interval or a cron expression, and the grace time."""

    timing = forms.ChoiceField(
        label="Expected",
        choices=[(EVERY, "At an interval"), (CRON, "By a cron expression")],
        initial=EVERY,
        widget=forms.RadioSelect,
    )
    every = forms.IntegerField(label="Every", required=False, min_value=1, initial=5)
    every_unit = forms.ChoiceField(label="Unit", choices=UNIT_CHOICES, initial="60")
    cron = forms.CharField(
        label="Cron expression",
        required=False,
        max_length=200,
        widget=forms.TextInput(
            attrs={"class": "o-mono", "placeholder": "0 3 * * 1-5", "spellcheck": "false"}
        ),
        help_text="Minute, hour, day of the month, month, weekday.",
    )
    time_zone = forms.ChoiceField(
        label="Time zone",
        choices=lambda: [(name, name) for name in sorted(available_timezones())],
        initial=timezone.get_current_timezone_name,
    )
    grace = forms.IntegerField(label="Grace", min_value=0, initial=1)
    grace_unit = forms.ChoiceField(
        label="Unit of the grace time", choices=UNIT_CHOICES, initial="60"
    )

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        if self.errors.keys() & {"every", "cron", "grace", "time_zone", "timing"}:
            return found
        schedule = self.schedule
        for name, problem in problems_of(schedule, timezone.now()).items():
            place = CRON if found["timing"] == CRON and name == "every_seconds" else name
            self.add_error(PLACES.get(place, place), f"{problem[0].upper()}{problem[1:]}.")
        return found

    @property
    def schedule(self) -> Schedule:
        """The schedule of valid fields."""
        found = self.cleaned_data
        is_cron = found["timing"] == CRON
        every = (found.get("every") or 0) * int(found["every_unit"])
        grace = found["grace"] * int(found["grace_unit"])
        return Schedule(
            every_seconds=None if is_cron else min(every, MAX_SECONDS + 1) or None,
            cron=" ".join(found["cron"].split()) if is_cron else "",
            time_zone=found["time_zone"],
            grace_seconds=min(grace, MAX_SECONDS + 1),
        )


class HeartbeatForm(ScheduleForm, BasicForm):
    """All settings of a heartbeat. It is alone on its URL, so it has no sequence."""

    sequence = None  # type: ignore[assignment]
    bridge = None  # type: ignore[assignment]
    arms = forms.ChoiceField(
        label="Monitoring starts",
        choices=[(FIRST, "With the first ping"), (AT_ONCE, "At once")],
        initial=FIRST,
        widget=forms.RadioSelect,
        help_text="At once: it alerts even if no ping ever arrived.",
    )

    @classmethod
    def of(cls, integration: Integration, basics: dict[str, Any]) -> "HeartbeatForm":
        """As it is now."""
        row = integration.heartbeat
        every, unit = in_units(row.every_seconds or 300)
        grace, grace_unit = in_units(row.grace_seconds) if row.grace_seconds else (0, 60)
        now = {
            "timing": CRON if row.cron else EVERY,
            "every": every,
            "every_unit": str(unit),
            "cron": row.cron,
            "grace": grace,
            "grace_unit": str(grace_unit),
            "time_zone": row.time_zone,
            "arms": AT_ONCE if row.starts_immediately else FIRST,
        }
        return cls(initial={**basics, **now})

    @property
    def basics(self) -> dict[str, Any]:
        """What every integration has."""
        return {name: self.cleaned_data[name] for name in BASICS}

    @property
    def timing_fields(self) -> dict[str, Any]:
        """What only a heartbeat has."""
        schedule = self.schedule
        return {
            "every_seconds": schedule.every_seconds,
            "cron": schedule.cron,
            "time_zone": schedule.time_zone,
            "grace_seconds": schedule.grace_seconds,
            "starts_immediately": self.cleaned_data["arms"] == AT_ONCE,
        }
