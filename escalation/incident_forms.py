"""Forms: an incident opened by hand, the policy of a service."""

from typing import Any

from django import forms

from escalation.models import Policy
from incidents.forms import offer
from incidents.models import Incident, Service, Severity, User


class OpenForm(forms.Form):
    """A new incident."""

    service = forms.ModelChoiceField(Service.objects.none(), empty_label="Choose a service")
    title = forms.CharField(
        max_length=300, label="Title", help_text="It is read on a phone, at night."
    )
    severity = forms.ChoiceField(
        choices=[
            ("critical", "Critical – high urgency"),
            ("error", "Error – high urgency"),
            ("warning", "Warning – low urgency"),
            ("info", "Info – low urgency"),
        ],
        initial=Severity.CRITICAL,
    )
    priority = forms.ChoiceField(
        choices=[("", "None"), *Incident.Priority.choices],
        required=False,
        help_text="For sorting only: it does not change the paging.",
    )
    policy = forms.ModelChoiceField(
        Policy.objects.none(),
        required=False,
        empty_label="The policy of the service",
        label="Escalation policy",
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
        policies = Policy.objects.visible_to(viewer)
        offer(self, service=Service.objects.active().visible_to(viewer), policy=policies)


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
