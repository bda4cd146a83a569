"""Custom fields in forms."""

from collections.abc import Mapping
from typing import Any

from django import forms

from incidents.choices import FieldKind
from incidents.custom_fields import clean_value
from incidents.models import CustomField

PREFIX = "custom_"


class CustomValueField(forms.CharField):
    """A value of one custom field, as it is kept."""

    def __init__(self, definition: CustomField, **kwargs: Any) -> None:
        super().__init__(label=definition.name, widget=_widget(definition), **kwargs)
        self.definition = definition

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        try:
            return clean_value(self.definition, text)
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error

    def has_changed(self, initial: Any, data: Any) -> bool:
        return str("" if initial is None else initial) != str(data or "").strip()


def _widget(definition: CustomField) -> forms.Widget:
    if definition.kind == FieldKind.CHOICE:
        return forms.Select(choices=[("", "–"), *((one, one) for one in definition.choices)])
    if definition.kind == FieldKind.NUMBER:
        return forms.NumberInput(attrs={"step": "any"})
    if definition.kind == FieldKind.DATE:
        return forms.DateInput(attrs={"type": "date"})
    return forms.URLInput() if definition.kind == FieldKind.LINK else forms.TextInput()


def add_custom_fields(
    form: forms.BaseForm, values: Mapping[str, Any], *, is_new: bool = False
) -> None:
    """A field for each definition. What is required has to be filled in of a new incident, and
    stays filled in of others."""
    for definition in CustomField.objects.all():
        known = values.get(definition.key)
        is_needed = definition.is_required and (is_new or known is not None)
        field = CustomValueField(definition, required=is_needed, initial=known)
        form.fields[f"{PREFIX}{definition.key}"] = field


def custom_values(cleaned: Mapping[str, Any]) -> dict[str, Any]:
    """The values by key, of what a form says."""
    return {
        name.removeprefix(PREFIX): value
        for name, value in cleaned.items()
        if name.startswith(PREFIX)
    }
