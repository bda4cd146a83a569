"""Forms of incidents, services and one's own profile."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone

from incidents import snooze_choices
from incidents.actions.api_keys import SCOPES
from incidents.choices import SlaState
from incidents.listing import SORTS, WINDOWS
from incidents.models import Incident, Service, Severity, Team, Topic, Urgency, User
from opsportal.lib.languages import Language

TIMES = {"1h": "Last hour", "24h": "Last 24 hours", "7d": "Last 7 days", "30d": "Last 30 days"}
SORT_LABELS = {
    "newest": "Newest first",
    "oldest": "Oldest first",
    "changed": "Last changed",
    "severity": "Severity",
}
STATUSES = ["active", *Incident.Status.values, "all"]
KEY_LIVES = {"30": "30 days", "90": "90 days", "365": "1 year", "": "Never"}


def offer(form: forms.BaseForm, **rows: QuerySet) -> None:
    """Let each of these fields offer these rows: what a person may choose depends on who it is."""
    for name, found in rows.items():
        field = form.fields[name]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = found


def offer_choices(form: forms.BaseForm, **choices: Sequence[Any]) -> None:
    """Let each of these fields offer these choices, as pairs or groups of them."""
    for name, found in choices.items():
        field = form.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = found


class ListForm(forms.Form):
    """The filters of the incident list; an invalid value is ignored."""

    q = forms.CharField(required=False)
    service = forms.ModelChoiceField(
        Service.objects.none(), required=False, empty_label="Any service"
    )
    team = forms.ModelChoiceField(Team.objects.none(), required=False, empty_label="Any team")
    topic = forms.ModelChoiceField(Topic.objects.none(), required=False, empty_label="Any topic")
    assignee = forms.ChoiceField(
        choices=[("", "Anyone"), ("me", "Me"), ("nobody", "Nobody")], required=False
    )
    urgency = forms.ChoiceField(
        choices=[("", "Any urgency"), *((u.value, f"{u.label} urgency") for u in Urgency)],
        required=False,
    )
    severity = forms.ChoiceField(choices=[("", "Any severity"), *Severity.choices], required=False)
    sla_state = forms.ChoiceField(
        choices=[("", "Any SLA"), *SlaState.choices[1:]], required=False, label="SLA"
    )
    time = forms.ChoiceField(
        choices=[("", "Any time"), *((key, TIMES[key]) for key in WINDOWS)], required=False
    )
    tag = forms.CharField(
        required=False, max_length=200, widget=forms.TextInput(attrs={"placeholder": "Tag"})
    )
    watching = forms.ChoiceField(
        choices=[("", "Watched or not"), ("1", "Watched by me")], required=False
    )
    sort = forms.ChoiceField(
        choices=[(key, SORT_LABELS[key]) for key in SORTS], required=False, initial="newest"
    )
    status = forms.ChoiceField(
        choices=[(s, s) for s in STATUSES], required=False, widget=forms.HiddenInput
    )
    after = forms.IntegerField(
        required=False, min_value=1, max_value=2**62, widget=forms.HiddenInput
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(
            self,
            service=Service.objects.visible_to(user),
            team=Team.objects.visible_to(user),
            topic=Topic.objects.visible_to(user),
        )
        for name, field in self.fields.items():
            field.widget.attrs["aria-label"] = field.label or name.capitalize()
        self.full_clean()

    @property
    def wanted(self) -> dict[str, Any]:
        """The filters, with defaults filled in."""
        found = getattr(self, "cleaned_data", {})
        return {
            **found,
            "status": found.get("status") or "active",
            "sort": found.get("sort") or "newest",
        }

    @property
    def filters_in_use(self) -> int:
        names = (
            *("service", "team", "topic", "assignee", "urgency", "severity", "sla_state"),
            *("time", "tag", "watching"),
        )
        return sum(bool(self.wanted.get(name)) for name in names)


class SnoozeForm(forms.Form):
    """A duration from the menu, or a date and time."""

    choice = forms.ChoiceField(required=False)
    until = forms.DateTimeField(
        required=False,
        label="Until",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    reason = forms.CharField(required=False, max_length=500)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = ((key, label) for key, (label, _) in snooze_choices.FINDERS.items())
        offer_choices(self, choice=[*snooze_choices.CHOICES, *found])

    def until_when(self, user: User, incident: Incident) -> datetime | None:
        """None where neither was filled in. Raises InvalidRequest for a choice without a time."""
        if choice := self.cleaned_data["choice"]:
            return snooze_choices.until_of(choice, incident, user, timezone.now())
        return self.cleaned_data["until"]


class AssignForm(forms.Form):
    """The assignee: chosen by primary key, or typed as a name or an e-mail address."""

    user = forms.ModelChoiceField(User.objects.none(), required=False)
    who = forms.CharField(required=False, max_length=254)

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.colleagues = User.objects.visible_to(viewer).active()
        offer(self, user=self.colleagues)

    def clean(self) -> dict[str, Any]:
        who = (self.cleaned_data.get("who") or "").strip()
        if self.cleaned_data.get("user") or not who:
            return self.cleaned_data
        mail = who.rpartition("<")[2].rstrip(">")
        found = self.colleagues.filter(email__iexact=mail) or self.colleagues.filter(
            name__iexact=who
        )
        if len(found) != 1:
            raise forms.ValidationError(f"No colleague, or more than one, is called “{who}”.")
        self.cleaned_data["user"] = found[0]
        return self.cleaned_data


class ProfileForm(forms.ModelForm):
    class Meta:
        model = User
        fields = ["name", "time_zone", "language", "phone"]
        widgets = {"time_zone": forms.TextInput(attrs={"list": "time-zones"})}
        help_texts = {
            "name": "As your colleagues call you.",
            "time_zone": "Such as Europe/Berlin. All times are shown in it.",
            "language": "Of mails, text messages, pushes and calls to you. The pages are in "
            "English.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["language"].choices = [("", "As the portal"), *Language.choices]  # type: ignore[attr-defined]


class KeyForm(forms.Form):
    """A new API key of one's own."""

    name = forms.CharField(max_length=100, help_text="What it is for, such as: deploy script.")
    scopes = forms.MultipleChoiceField(
        choices=[(scope, f"{scope} — {what}") for scope, what in SCOPES.items()],
        widget=forms.CheckboxSelectMultiple,
        label="Scopes",
    )
    days = forms.ChoiceField(choices=list(KEY_LIVES.items()), required=False, label="Expires after")
