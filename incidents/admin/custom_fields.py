"""Custom fields of incidents."""

from typing import Any

from django import forms
from django.contrib import admin
from unfold.widgets import UnfoldAdminTextInputWidget

from incidents.admin.base import EntitledAdmin
from incidents.custom_fields import choices_problem
from incidents.models import CustomField
from incidents.word_fields import WordsField


class CustomFieldForm(forms.ModelForm):
    choices = WordsField(
        widget=UnfoldAdminTextInputWidget,
        help_text="For one of several: separated by commas, such as: EU, US.",
    )

    def clean_choices(self) -> list[str]:
        return list(self.cleaned_data["choices"])

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or self.cleaned_data
        problem = choices_problem(cleaned.get("kind", ""), cleaned.get("choices"))
        if problem:
            self.add_error("choices", problem)
        return cleaned


@admin.register(CustomField)
class CustomFieldAdmin(EntitledAdmin):
    form = CustomFieldForm
    entitlement = "incidents.Template_Maintenance"
    view_entitlement = "incidents.view_customfield"
    list_display = ["name", "key", "kind", "is_required", "position"]
    search_fields = ["name"]
    view_on_site = False
    readonly_fields = ["key"]
    fieldsets = [
        (
            None,
            {
                "fields": ["name", "key", "kind", "choices", "is_required", "position"],
                "description": "A further field of every incident. A sender fills it in by a "
                "custom field of its rules with the same name or key.",
            },
        )
    ]
