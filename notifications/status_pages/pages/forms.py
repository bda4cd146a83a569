"""The forms of what is published."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.forms.boundfield import BoundField

from incidents.models import Incident
from incidents.wall_field import WallField
from notifications.choices import ComponentStatus, ReportImpact, ReportKind, ReportState
from notifications.models import StatusPage, StatusTemplate
from notifications.status_pages.actions.publish import STATES, Draft
from notifications.status_pages.timeline import Report
from opsportal.lib.weekly_hours import datetime_on

BY_COMPONENTS = ("", "As bad as the worst component")
IMPACTS = [
    BY_COMPONENTS,
    (ReportImpact.NONE, "None: for information"),
    (ReportImpact.MINOR, "Minor"),
    (ReportImpact.MAJOR, "Major"),
    (ReportImpact.CRITICAL, "Critical"),
]


class UpdateForm(forms.Form):
    """What is said, how things stand, and how each component is from now on."""

    state = forms.ChoiceField(label="State")
    body = forms.CharField(
        label="Text",
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="For customers: what they notice, what you do, when you say more. It is public.",
    )
    tells = forms.BooleanField(
        label="Tell the subscribers",
        required=False,
        initial=True,
        help_text="They get one message in two minutes; what you add until then comes with it.",
    )

    def __init__(self, page: StatusPage, kind: ReportKind, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.page, self.kind = page, kind
        states = [(state.value, state.label) for state in STATES[kind]]
        state: Any = self.fields["state"]
        state.choices = states
        for component in page.components.all():
            self.fields[f"component_{component.pk}"] = forms.ChoiceField(
                label=str(component),
                choices=_statuses(kind),
                required=False,
                initial=ComponentStatus.OPERATIONAL,
            )

    @property
    def component_fields(self) -> list[BoundField]:
        return [self[name] for name in self.fields if name.startswith("component_")]

    @property
    def effects(self) -> dict[int, ComponentStatus]:
        """How the components are, as they were chosen."""
        return {
            int(name.partition("_")[2]): ComponentStatus(value)
            for name, value in self.cleaned_data.items()
            if name.startswith("component_") and value
        }

    @property
    def chosen_state(self) -> ReportState:
        return ReportState(self.cleaned_data["state"])


def _statuses(kind: ReportKind) -> list[tuple[str, str]]:
    if kind == ReportKind.MAINTENANCE:
        return [
            (ComponentStatus.OPERATIONAL.value, "Not touched"),
            (ComponentStatus.UNDER_MAINTENANCE.value, ComponentStatus.UNDER_MAINTENANCE.label),
        ]
    found = [one for one in ComponentStatus if one != ComponentStatus.UNDER_MAINTENANCE]
    return [(one.value, one.label) for one in found]


class ReportForm(UpdateForm):
    """A new incident."""

    title = forms.CharField(
        label="Title",
        max_length=200,
        help_text="Such as: Payments are delayed. The title of the incident here is not shown.",
    )
    impact = forms.ChoiceField(label="Impact", choices=IMPACTS, required=False)
    field_order = ["title", "state", "impact", "body"]

    def draft(self, incident: Incident | None) -> Draft:
        """What the action takes; the form is valid."""
        found = self.cleaned_data
        impact = found.get("impact")
        return Draft(
            title=found["title"],
            body=found["body"],
            state=self.chosen_state,
            kind=self.kind,
            impact=ReportImpact(impact) if impact else None,
            effects=self.effects,
            starts_at=found.get("starts_at"),
            ends_at=found.get("ends_at"),
            incident=incident,
        )


class MaintenanceForm(ReportForm):
    """A new maintenance: it begins and ends on the page by itself."""

    starts = WallField(label="Starts")
    ends = WallField(label="Ends")
    field_order = ["title", "starts", "ends", "state", "body"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["impact"]
        self.fields["title"].help_text = "Such as: Upgrade of the database."
        self.fields["ends"].help_text = f"Local times in {self.page.time_zone}."

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        zone = ZoneInfo(self.page.time_zone)
        for name in ("starts", "ends"):
            if name in found:
                found[f"{name}_at"] = self._at(name, found[name], zone)
        begins, ends = found.get("starts_at"), found.get("ends_at")
        if begins and ends and ends <= begins:
            self.add_error("ends", "It must end after it starts.")
        return found

    def _at(self, name: str, wall: datetime, zone: ZoneInfo) -> datetime | None:
        at = datetime_on(wall, zone, is_end=name == "ends")
        if at is None:
            self.add_error(name, "This time does not exist: daylight saving starts then.")
        return at


class ChangeForm(forms.Form):
    """The words of a report, without telling anybody."""

    title = forms.CharField(label="Title", max_length=200)
    impact = forms.ChoiceField(label="Impact", choices=IMPACTS[1:])


def form_class(kind: ReportKind) -> type[ReportForm]:
    return MaintenanceForm if kind == ReportKind.MAINTENANCE else ReportForm


def initial_of(template: StatusTemplate | None, incident: Incident | None) -> dict[str, Any]:
    """What a new report begins with: the text of a template, and the components of the service."""
    found: dict[str, Any] = {}
    if template is not None:
        found = {
            "title": template.title,
            "state": template.state,
            "impact": template.impact,
            "body": template.body,
        }
    if incident is not None:
        rows = incident.service.status_components.values_list("pk", flat=True)
        found |= {f"component_{pk}": ComponentStatus.DEGRADED_PERFORMANCE for pk in rows}
    return found


def initial_of_update(report: Report, templates: Iterable[StatusTemplate]) -> dict[str, Any]:
    """The next update begins with how things are, and the text of a template."""
    found: dict[str, Any] = {f"component_{pk}": one for pk, one in report.effects.items()}
    found["state"] = report.state
    for template in templates:
        found |= {"state": template.state, "body": template.body}
    return found
