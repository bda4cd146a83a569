"""What an incident is like that a ladder is drawn for, and which services use a policy."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone

from escalation.models import Policy
from escalation.policies.low_urgency import usual_urgency
from escalation.policies.rungs import Case
from incidents.choices import Priority, Severity, Urgency
from incidents.forms import offer
from incidents.models import Service, User
from incidents.wall_field import WALL, WallField
from opsportal.lib.weekly_hours import to_utc

SEVERITIES = [(severity.value, severity.label) for severity in Severity]
YEARS = range(1980, 2101)


class AddServiceForm(forms.Form):
    """A service that is told by the policy from now on."""

    service = forms.ModelChoiceField(
        Service.objects.none(), empty_label="Choose a service", label="Add a service"
    )

    def __init__(self, *args: Any, policy: Policy, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        services = Service.objects.active().visible_to(viewer)
        offer(self, service=services.exclude(default_policy__policy=policy))


class CaseForm(forms.Form):
    """When it opens, in the reader's zone, and how bad it is."""

    at = WallField(label="Opens at", required=False)
    severity = forms.ChoiceField(choices=SEVERITIES, required=False, label="Severity")
    urgency = forms.ChoiceField(
        choices=[("", "By severity"), *Urgency.choices], required=False, label="Urgency"
    )
    priority = forms.ChoiceField(
        choices=[("", "None"), *Priority.choices], required=False, label="Priority"
    )

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone, self.now = viewer.zone, timezone.now()
        self.initial = {"at": self.now.astimezone(self.zone), "severity": Severity.CRITICAL.value}

    def clean_at(self) -> Any:
        wall = self.cleaned_data["at"]
        if wall is not None and wall.year not in YEARS:
            raise forms.ValidationError("Choose a year from 1980 to 2100.")
        return wall

    @property
    def case(self) -> Case:
        """What was asked for; now, where it does not say."""
        found = self.cleaned_data if self.is_bound and self.is_valid() else {}
        severity = found.get("severity") or Severity.CRITICAL.value
        return Case(
            at=self._instant(found.get("at")),
            severity=severity,
            urgency=found.get("urgency") or usual_urgency(severity),
            priority=found.get("priority") or "",
        )

    def _instant(self, wall: datetime | None) -> datetime:
        """The time in the reader's zone; now, where that is what the form showed."""
        if wall is None or wall.strftime(WALL) == self.initial["at"].strftime(WALL):
            return self.now
        return to_utc(wall, self.zone, is_end=False)
