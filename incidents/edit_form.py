"""The form by which a person says anew what an incident is."""

from contextlib import suppress
from typing import Any, cast

from django import forms

from incidents.actions.edit import IncidentChanges
from incidents.custom_field_inputs import add_custom_fields, custom_values
from incidents.custom_fields import clean_tags
from incidents.forms import offer
from incidents.models import Incident, Service, Severity, Urgency, User
from incidents.word_fields import WordsField

FIELDS = ("title", "description", "severity", "urgency", "priority", "service", "is_private")
KEPT = {*FIELDS, "tags"}


class EditForm(forms.Form):
    """Each field carries the value that the person saw: only what they changed is written."""

    title = forms.CharField(max_length=1024, show_hidden_initial=True)
    severity = forms.ChoiceField(choices=Severity.choices, show_hidden_initial=True)
    urgency = forms.ChoiceField(
        choices=Urgency.choices,
        show_hidden_initial=True,
        help_text="Follows the severity, until somebody changes it here: then it stays.",
    )
    priority = forms.ChoiceField(
        choices=[("", "None"), *Incident.Priority.choices],
        required=False,
        show_hidden_initial=True,
        help_text="Steps of a policy and targets of the SLA may ask for it.",
    )
    service = forms.ModelChoiceField(
        Service.objects.none(),
        show_hidden_initial=True,
        help_text="The policy that pages stays the one it began with.",
    )
    tags = WordsField(
        show_hidden_initial=True,
        help_text="Separated by commas, such as: database, eu.",
    )
    is_private = forms.BooleanField(
        required=False,
        show_hidden_initial=True,
        label="Private",
        help_text="Seen by who responds to it, its team, its watchers, and who sees everything.",
    )
    description = forms.CharField(
        required=False,
        max_length=100_000,
        label="Details",
        widget=forms.Textarea(attrs={"rows": 6}),
        show_hidden_initial=True,
    )

    def __init__(self, *args: Any, incident: Incident, viewer: User, **kwargs: Any) -> None:
        initial = {name: getattr(incident, name) for name in FIELDS}
        initial["tags"] = incident.tags
        super().__init__(*args, **{**kwargs, "initial": initial})
        mine = Service.objects.visible_to(viewer)
        offer(self, service=mine.active() | mine.filter(pk=incident.service_id))
        add_custom_fields(self, incident.custom_fields)

    @property
    def changes(self) -> IncidentChanges:
        """What the person changed."""
        changed = {name: self.cleaned_data[name] for name in self.changed_data}
        found = {name: _kept(name, value) for name, value in changed.items() if name in KEPT}
        if values := custom_values(changed):
            found["custom_fields"] = values
        return cast(IncidentChanges, found)

    @property
    def expected(self) -> IncidentChanges:
        """What they saw of what they changed."""
        seen = {}
        for name in KEPT & set(self.changed_data):
            raw = self.data.get(self.add_initial_prefix(name))
            with suppress(forms.ValidationError):
                seen[name] = _kept(name, self.fields[name].clean(raw))
        return cast(IncidentChanges, seen)


def _kept(name: str, value: Any) -> Any:
    """A value as it is kept; browsers end lines with a carriage return."""
    if name == "tags":
        return clean_tags(value)
    return value.replace("\r\n", "\n") if isinstance(value, str) else value
