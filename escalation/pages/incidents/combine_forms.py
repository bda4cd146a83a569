"""Forms that merge, split and link incidents."""

import re
from typing import Any

from django import forms

from incidents.choices import LinkKind
from incidents.forms import offer
from incidents.models import Alert, Incident, User
from opsportal.lib.pages import parse_id

NUMBERS = re.compile(r"[\s,;#]+")


class MergeForm(forms.Form):
    """Others that become parts of an incident: ticked, or typed by their numbers."""

    incident = forms.ModelMultipleChoiceField(Incident.objects.none(), required=False)
    numbers = forms.CharField(required=False, max_length=500)
    reason = forms.CharField(required=False, max_length=10_000)

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.visible = Incident.objects.visible_to(viewer)
        offer(self, incident=self.visible)

    def clean(self) -> dict[str, Any]:
        typed = [part for part in NUMBERS.split(self.cleaned_data.get("numbers", "")) if part]
        found = self.visible.in_bulk([number for part in typed if (number := parse_id(part))])
        if missing := [part for part in typed if (parse_id(part) or 0) not in found]:
            raise forms.ValidationError(f"There is no incident #{missing[0]} that you may see.")
        chosen = {one.pk: one for one in self.cleaned_data.get("incident") or ()} | found
        if not chosen:
            raise forms.ValidationError("Choose the incidents that become a part of this one.")
        return {**self.cleaned_data, "incidents": list(chosen.values())}


class SplitForm(forms.Form):
    """Alerts that begin an incident of their own."""

    alerts = forms.ModelMultipleChoiceField(
        Alert.objects.none(), error_messages={"required": "Choose at least one alert."}
    )
    title = forms.CharField(required=False, max_length=1024)
    pages = forms.ChoiceField(choices=[("yes", "Page by the policy"), ("no", "I have it")])

    def __init__(self, *args: Any, incident: Incident, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, alerts=incident.alerts.all())


class LinkForm(forms.Form):
    """What an incident is to another."""

    kind = forms.ChoiceField(choices=LinkKind.choices)
    incident = forms.CharField(
        max_length=30, widget=forms.TextInput(attrs={"placeholder": "#number"})
    )

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.visible = Incident.objects.visible_to(viewer)

    def clean_incident(self) -> Incident:
        text = self.cleaned_data["incident"].strip().removeprefix("#")
        found = self.visible.filter(pk=parse_id(text) or 0).first()
        if found is None:
            raise forms.ValidationError(f"There is no incident #{text} that you may see.")
        return found
