"""The form of a service, with its fields under headings."""

from typing import Any

from django import forms

from incidents.models import Service, Severity
from incidents.models.service import default_urgent
from incidents.row_fields import SlaTargetsField, SlaWarningsField, SupportHoursField
from opsportal.lib.holiday_places import place_choices

GROUPS = {
    "": ["name", "description", "team"],
    "Service level": [
        "acknowledge_within_minutes",
        "resolve_within_minutes",
        "sla_targets",
        "sla_clock",
        "sla_pauses_on_hold",
        "sla_warnings",
    ],
    "Support hours and urgency": [
        "support_hours",
        "support_time_zone",
        "holidays",
        "urgency_rule",
        "urgent_severities",
        "urgency_inside",
        "urgency_outside",
        "raise_at_opening",
    ],
    "By itself": ["acknowledgement_expires_minutes", "auto_resolve_minutes"],
}


class ServiceForm(forms.ModelForm):
    sla_targets = SlaTargetsField(label="SLA by severity and priority")
    sla_warnings = SlaWarningsField(label="SLA warnings")
    support_hours = SupportHoursField()
    holidays = forms.ChoiceField(
        choices=place_choices,
        required=False,
        help_text="On them it is not attended, but in hours such as: holiday 10:00-14:00.",
    )
    urgent_severities = forms.MultipleChoiceField(
        label="Severities of high urgency",
        choices=Severity.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        initial=default_urgent,
        help_text="Where the urgency is found by the severity. For none choose “always low”.",
    )

    class Meta:
        model = Service
        fields = [name for names in GROUPS.values() for name in names]
        labels = {
            "acknowledgement_expires_minutes": "An acknowledgement expires after minutes",
            "auto_resolve_minutes": "Resolve what is quiet for minutes",
        }
        widgets = {
            "description": forms.Textarea(attrs={"rows": 3}),
            "support_time_zone": forms.TextInput(attrs={"list": "time-zones"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("sla_clock", "urgency_rule", "urgency_inside", "urgency_outside"):
            self.fields[name].required = False  # What is not said stays as it is.
        self.fields["team"].empty_label = "No team"  # type: ignore[attr-defined]
        place = [self.instance.holidays_country, self.instance.holidays_subdivision]
        self.fields["holidays"].initial = "-".join(filter(None, place))

    def clean_urgent_severities(self) -> list[str]:
        """For none at all there is the rule that is always low."""
        found: list[str] = self.cleaned_data["urgent_severities"]
        return found or self.instance.urgent_severities

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or self.cleaned_data
        if "holidays" in self.data:  # What is not said stays as it is.
            country, _, subdivision = found.get("holidays", "").partition("-")
            self.instance.holidays_country = country
            self.instance.holidays_subdivision = subdivision
        return found

    @property
    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The fields under their headings, in the order of the page."""
        return [(title, [self[name] for name in names]) for title, names in GROUPS.items()]
