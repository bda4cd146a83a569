"""The form above the list of alerts."""

from typing import Any

from django import forms

from incidents.alert_listing import STATUSES
from incidents.forms import TIMES, offer
from incidents.models import Service, Severity, User

MENU = ("service", "severity", "source", "source_name", "time")
LABELS = {"source": "Source", "source_name": "Source Name"}


class AlertListForm(forms.Form):
    """The filters of the list of alerts; an invalid value is ignored."""

    q = forms.CharField(required=False, max_length=200)
    status = forms.ChoiceField(
        choices=list(STATUSES.items()), required=False, widget=forms.HiddenInput
    )
    service = forms.ModelChoiceField(
        Service.objects.none(), required=False, empty_label="Any service"
    )
    severity = forms.ChoiceField(choices=[("", "Any severity"), *Severity.choices], required=False)
    source = forms.CharField(required=False, max_length=200)
    source_name = forms.CharField(required=False, max_length=200)
    time = forms.ChoiceField(choices=[("", "Any time"), *TIMES.items()], required=False)
    incident = forms.IntegerField(
        required=False, min_value=1, max_value=2**62, widget=forms.HiddenInput
    )
    before = forms.IntegerField(required=False, min_value=1, max_value=2**62)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, service=Service.objects.visible_to(user))
        for name in MENU:
            label = LABELS.get(name, name.capitalize())
            self.fields[name].widget.attrs["aria-label"] = label
            if name in LABELS:
                self.fields[name].widget.attrs["placeholder"] = label
        self.full_clean()

    @property
    def wanted(self) -> dict[str, Any]:
        """The valid filters; the status is never empty."""
        found = getattr(self, "cleaned_data", {})
        return {**found, "status": found.get("status") or "open"}

    @property
    def filters_in_use(self) -> int:
        """How many filters of the menu narrow the list."""
        return sum(bool(self.wanted.get(name)) for name in MENU)

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but the status hides alerts."""
        return bool(self.filters_in_use or self.wanted.get("q") or self.wanted.get("incident"))

    @property
    def said(self) -> str:
        """What hides alerts, for a list that is empty: “severity critical, service Shop”."""
        words = [
            f"{LABELS.get(name, name)} “{self.wanted[name]}”"
            if name in LABELS
            else f"{name} {self._label(name)}"
            for name in MENU
            if self.wanted.get(name)
        ]
        words += [f"search “{self.wanted['q']}”"] if self.wanted.get("q") else []
        words += [f"incident #{self.wanted['incident']}"] if self.wanted.get("incident") else []
        return ", ".join(words)

    def _label(self, name: str) -> str:
        value = self.wanted[name]
        choices = dict(getattr(self.fields[name], "choices", ())) if name != "service" else {}
        return str(choices.get(value, value)).lower() if choices else str(value)
