"""Templates of incidents."""

from typing import Any

from django import forms
from django.contrib import admin
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from escalation.models import IncidentTemplate
from incidents.admin.base import EntitledAdmin
from incidents.custom_fields import clean_tags, merge_values
from incidents.errors import InvalidRequest
from incidents.row_fields import NamedValuesField
from incidents.word_fields import WordsField


class IncidentTemplateForm(forms.ModelForm):
    tags = WordsField(
        widget=UnfoldAdminTextInputWidget,
        help_text="Separated by commas, such as: database, eu.",
    )
    custom_fields = NamedValuesField(
        widget=UnfoldAdminTextareaWidget,
        help_text="A line each, by the key of the field, such as region: EU.",
    )

    def clean_tags(self) -> list[str]:
        return clean_tags(self.cleaned_data["tags"])

    def clean_custom_fields(self) -> dict[str, Any]:
        values = self.cleaned_data["custom_fields"]
        try:
            return merge_values({}, values)
        except InvalidRequest as error:
            raise forms.ValidationError(str(error).partition(": ")[2]) from error


@admin.register(IncidentTemplate)
class IncidentTemplateAdmin(EntitledAdmin):
    form = IncidentTemplateForm
    entitlement = "incidents.Template_Maintenance"
    list_display = ["name", "title", "service", "severity", "policy"]
    list_select_related = ["service", "policy"]
    search_fields = ["name", "title"]
    autocomplete_fields = ["service", "policy", "topics"]
    view_on_site = False
    fieldsets = [
        (
            None,
            {
                "fields": ["name"],
                "description": "It fills in the form of a new incident; whoever opens one may "
                "change all of it.",
            },
        ),
        ("The incident", {"fields": ["title", "service", "severity", "priority", "description"]}),
        ("Whom it tells", {"fields": ["policy", "topics", "is_private"]}),
        ("Labels", {"fields": ["tags", "custom_fields"]}),
    ]
