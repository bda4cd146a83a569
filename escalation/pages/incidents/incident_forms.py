"""Forms: an incident opened by hand, the policy of a service."""

from typing import Any

from django import forms

from escalation.models import Play, Policy
from escalation.models.policies import PolicyQuerySet
from escalation.policies.recipients import Recipients
from incidents.actions.responder_requests import MAX_MESSAGE
from incidents.custom_field_inputs import add_custom_fields, custom_values
from incidents.forms import offer
from incidents.models import Incident, Service, Severity, Team, Topic, User
from incidents.word_fields import WordsField
from opsportal.lib.pages import parse_id

MAX_CHANNELS = 1000


class PeopleField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """Colleagues, several at once."""

    widget = forms.SelectMultiple

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(User.objects.none(), required=False, **kwargs)
        self.widget.attrs["size"] = 4


class OpenForm(forms.Form):
    """A new incident."""

    service = forms.ModelChoiceField(Service.objects.none(), empty_label="Choose a service")
    title = forms.CharField(
        max_length=300, label="Title", help_text="It is read on a phone, at night."
    )
    severity = forms.ChoiceField(
        choices=Severity.choices,
        initial=Severity.CRITICAL,
        help_text="Critical and error wake people, unless the service says otherwise.",
    )
    priority = forms.ChoiceField(
        choices=[("", "None"), *Incident.Priority.choices],
        required=False,
        help_text="Steps of a policy and targets of the SLA may ask for it.",
    )
    policy = forms.ModelChoiceField(
        Policy.objects.none(),
        required=False,
        empty_label="The policy of the service",
        label="Escalation policy",
    )
    topics = forms.ModelMultipleChoiceField(
        Topic.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Their teams and subscribers are told as well, with the first step.",
    )
    users = PeopleField(label="People", help_text="Told as well, with the first step.")
    teams = forms.ModelMultipleChoiceField(
        Team.objects.none(),
        required=False,
        help_text="Their primary role is told as well, with the first step.",
        widget=forms.SelectMultiple(attrs={"size": 4}),
    )
    tags = WordsField(help_text="Separated by commas, such as: database, eu.")
    is_private = forms.BooleanField(
        required=False,
        label="Private",
        help_text="Seen by who responds to it, its team, its watchers, and who sees everything.",
    )
    description = forms.CharField(
        required=False,
        max_length=20_000,
        label="Details",
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="What was seen, since when, what was tried.",
    )

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(
            self,
            service=Service.objects.active().visible_to(viewer),
            policy=self.policies.visible_to(viewer),
            topics=Topic.objects.visible_to(viewer),
            users=User.objects.visible_to(viewer).pageable(),
            teams=Team.objects.visible_to(viewer),
        )
        if not self.fields["topics"].queryset.exists():  # type: ignore[attr-defined]
            del self.fields["topics"]
        add_custom_fields(self, self.initial.get("custom_fields") or {}, is_new=True)

    @property
    def policies(self) -> PolicyQuerySet:
        """Those that may be launched; what a template, a draft or a link names, too."""
        named = self.initial.get("policy")
        number = named.pk if isinstance(named, Policy) else parse_id(named)
        return Policy.objects.launched_by_hand(besides=number)

    @property
    def said(self) -> dict[str, Any]:
        """What `open_incident` takes besides the service, the title and the recipients."""
        cleaned = self.cleaned_data
        names = ("severity", "priority", "description", "policy", "is_private")
        return {
            **{name: cleaned[name] for name in names},
            "tags": list(cleaned["tags"]),
            "custom_fields": custom_values(cleaned),
        }

    @property
    def recipients(self) -> Recipients:
        """Whom the form names beside the policy, without the channels that were unticked."""
        said = self.cleaned_data
        return Recipients(
            users=list(said.get("users") or ()),
            teams=list(said.get("teams") or ()),
            topics=list(said.get("topics") or ()),
            skipped_channels=self.skipped_channels,
        )

    @property
    def skipped_channels(self) -> tuple[tuple[int, str], ...]:
        """(id of a person, channel) of those that were offered and are not ticked any more."""
        offered = _channels(self.data, "offered_channel")
        ticked = set(_channels(self.data, "channel"))
        return tuple(pair for pair in offered if pair not in ticked)


def _channels(data: Any, name: str) -> list[tuple[int, str]]:
    """What was posted as ``<id of a person>:<channel>``; what is no such pair is passed over."""
    parts = [text.partition(":") for text in data.getlist(name)[:MAX_CHANNELS]]
    return [(user, key) for number, _, key in parts if key and (user := parse_id(number))]


class AskForm(forms.Form):
    """People and teams who are asked to respond."""

    users = PeopleField(label="People")
    teams = forms.ModelMultipleChoiceField(
        Team.objects.none(), required=False, widget=forms.SelectMultiple(attrs={"size": 4})
    )
    message = forms.CharField(required=False, max_length=MAX_MESSAGE, label="What for")

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = User.objects.visible_to(viewer).pageable()
        offer(self, users=people, teams=Team.objects.visible_to(viewer))


class PlayForm(forms.Form):
    """The response play that an incident is paged by from now on."""

    play = forms.ModelChoiceField(
        Play.objects.none(), empty_label="Choose a play", label="Response play"
    )

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, play=Play.objects.visible_to(viewer))


class PromoteForm(OpenForm):
    """The policy that an incident is paged by from now on, and whom it tells beside."""

    field_order = ["policy", "topics", "users", "teams"]
    policies = Policy.objects.enabled()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.fields.keys() - set(self.field_order):
            del self.fields[name]
        self.fields["policy"].required = True
        self.fields["policy"].empty_label = "Choose a policy"  # type: ignore[attr-defined]


class DefaultPolicyForm(forms.Form):
    """The default policy of a service, for integrations without one of their own."""

    policy = forms.ModelChoiceField(
        Policy.objects.none(),
        required=False,
        empty_label="None: the catch-all is paged at once",
        label="Escalation policy",
    )

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, policy=Policy.objects.visible_to(viewer))


class PersonForm(forms.Form):
    """Of whom it is asked why they were paged, or are on call, or why not."""

    person = forms.ModelChoiceField(User.objects.none(), required=False, empty_label=None)

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, person=User.objects.visible_to(viewer))
