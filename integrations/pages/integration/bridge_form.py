"""The bridge of an integration: one that exists, or a new one made on the way."""

from typing import Any

from django import forms

from incidents.models import ConferenceBridge

NEW = "new"
PARTS = {
    "bridge_name": "name",
    "bridge_number": "telephone_number",
    "bridge_code": "access_code",
    "bridge_url": "meeting_url",
}


class BridgeField(forms.ChoiceField):
    """A bridge, none, or ``new``; its value is the row, None, or ``new``."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=self._choices, **kwargs)

    def _choices(self) -> list[tuple[str, str]]:
        rows = [(str(pk), name) for pk, name in ConferenceBridge.objects.values_list("pk", "name")]
        return [("", "None"), *rows, (NEW, "+ New conference bridge")]

    def prepare_value(self, value: Any) -> Any:
        return value.pk if isinstance(value, ConferenceBridge) else value

    def clean(self, value: Any) -> Any:
        found = super().clean(value)
        if not found or found == NEW:
            return found or None
        return ConferenceBridge.objects.filter(pk=found).first()


class BridgeForm(forms.Form):
    """The choice, and what a new one is made of. The cleaned bridge may be one not saved yet."""

    conference_bridge = BridgeField(
        label="Bridge",
        required=False,
        help_text="Telephone number or meeting, copied to each incident.",
    )
    bridge_name = forms.CharField(
        label="Name of the new conference bridge", required=False, max_length=150
    )
    bridge_number = forms.CharField(label="Telephone number", required=False, max_length=40)
    bridge_code = forms.CharField(label="Access code", required=False, max_length=40)
    bridge_url = forms.URLField(
        label="Meeting URL", required=False, max_length=500, assume_scheme="https"
    )

    def clean(self) -> Any:
        found = super().clean() or self.cleaned_data
        parts = {part: found.pop(name, "") for name, part in PARTS.items()}
        if found.get("conference_bridge") == NEW:
            found["conference_bridge"] = self._new_bridge(parts)
        else:
            for name in PARTS:  # What is not shown must not stop anybody.
                self.errors.pop(name, None)
        return found

    def _new_bridge(self, parts: dict[str, str]) -> ConferenceBridge:
        if not parts["name"]:
            self.add_error("bridge_name", "Enter a name.")
        elif ConferenceBridge.objects.filter(name__iexact=parts["name"]).exists():
            self.add_error(
                "bridge_name", "A conference bridge of this name exists: choose it above."
            )
        if not parts["telephone_number"] and not parts["meeting_url"]:
            self.add_error("bridge_number", "Enter a number, a meeting URL, or both.")
        return ConferenceBridge(**parts)
