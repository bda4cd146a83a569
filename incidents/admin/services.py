"""Services. What belongs to upper apps (policy, notices) is added by their own admin."""

from django import forms
from django.contrib import admin
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from incidents.admin.base import ReadsVisible, TellsUsage
from incidents.models import Service, Severity
from incidents.models.service import default_urgent
from incidents.row_fields import SlaTargetsField, SlaWarningsField, SupportHoursField


class ServiceAdminForm(forms.ModelForm):
    support_hours = SupportHoursField(widget=UnfoldAdminTextInputWidget)
    sla_targets = SlaTargetsField(widget=UnfoldAdminTextareaWidget)
    sla_warnings = SlaWarningsField(widget=UnfoldAdminTextInputWidget)
    urgent_severities = forms.MultipleChoiceField(
        label="Severities of high urgency",
        choices=Severity.choices,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        initial=default_urgent,
    )

    class Meta:
        model = Service
        fields = [
            "name",
            "support_hours",
            "sla_targets",
            "sla_warnings",
            "urgent_severities",
        ]  # The page names the others.


@admin.register(Service)
class ServiceAdmin(TellsUsage, ReadsVisible):
    autocomplete_fields = ["team"]
    actions: list = []
    inlines: list = []
    list_display = ["name", "team", "acknowledge_within_minutes", "resolve_within_minutes"]
    list_display += ["archived_at"]
    list_filter = ["team", ("archived_at", admin.EmptyFieldListFilter)]
    list_fullwidth = True
    list_select_related = ["team"]
    search_fields = ["name", "description", "team__name"]
    fieldsets = [
        (None, {"fields": ["name", "description", "team"]}),
        (
            "Service level",
            {
                "fields": [
                    "acknowledge_within_minutes",
                    "resolve_within_minutes",
                    "sla_targets",
                    "sla_clock",
                    "sla_pauses_on_hold",
                    "sla_warnings",
                ],
                "description": "In minutes from the opening of an incident. Empty: no target.",
            },
        ),
        (
            "Times",
            {
                "fields": [
                    "support_hours",
                    "support_time_zone",
                    "holidays_country",
                    "holidays_subdivision",
                    "acknowledgement_expires_minutes",
                    "auto_resolve_minutes",
                ],
            },
        ),
        (
            "Urgency",
            {
                "fields": [
                    "urgency_rule",
                    "urgent_severities",
                    "urgency_inside",
                    "urgency_outside",
                    "raise_at_opening",
                ],
                "description": "High urgency wakes people; low urgency waits for support hours "
                "where there are some.",
            },
        ),
    ]
    form = ServiceAdminForm
    warn_unsaved_form = True
