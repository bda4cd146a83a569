"""Forms of contact methods, notification rules and shared channels."""

from typing import Any

from django import forms

from incidents.forms import offer
from incidents.models import Urgency, User
from notifications.channels import all_channels
from notifications.channels._base import BaseChannel
from notifications.models import ContactMethod, ServiceNotificationSettings, SharedChannel

TIME = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
ONCE = {"inputmode": "numeric", "autocomplete": "one-time-code", "maxlength": "6"}


def channels_for_people() -> dict[str, BaseChannel]:
    """What a person can add as a contact method."""
    found = all_channels().items()
    return {key: channel for key, channel in found if channel.for_people and channel.reaches}


class NoticeForm(forms.ModelForm):
    """Which shared channels hear of a service, and of what."""

    channels = forms.ModelMultipleChoiceField(
        SharedChannel.objects.all(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="An administrator adds shared channels under Configure.",
    )

    class Meta:
        model = ServiceNotificationSettings
        fields = ["channels", "on_triggered", "on_acknowledged", "on_resolved", "on_sla_breach"]


class MethodForm(forms.ModelForm):
    """How an address is called, and when it rests."""

    class Meta:
        model = ContactMethod
        fields = ["label", "quiet_from", "quiet_until"]
        widgets = {"quiet_from": TIME, "quiet_until": TIME}

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if bool(found.get("quiet_from")) != bool(found.get("quiet_until")):
            raise forms.ValidationError("Quiet hours need a start and an end.")
        return found


class CodeForm(forms.Form):
    code = forms.CharField(max_length=12, widget=forms.TextInput(attrs=ONCE))


class RuleForm(forms.Form):
    """By which way, how long after a page began."""

    urgency = forms.ChoiceField(choices=Urgency)
    method = forms.ModelChoiceField(
        ContactMethod.objects.none(),
        empty_label=None,
        widget=forms.Select(attrs={"aria-label": "Contact method"}),
    )
    after_minutes = forms.IntegerField(
        min_value=0,
        max_value=1440,
        initial=0,
        widget=forms.NumberInput(attrs={"aria-label": "After how many minutes"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, method=ContactMethod.objects.filter(user=user))


def address_form(channel_key: str, data: Any = None) -> forms.Form:
    """The form of a channel, for an address of one's own."""
    return channels_for_people()[channel_key].Form(data)
