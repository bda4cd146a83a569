"""Forms of contact methods, notification rules and shared channels."""

from typing import Any

from django import forms

from incidents.forms import offer, offer_choices
from incidents.models import Urgency, User
from notifications.channels import all_channels
from notifications.channels._base import BaseChannel
from notifications.models import ContactMethod, ServiceNotificationSettings, SharedChannel
from notifications.models.contact_method import MAX_REPEAT_EVERY_MINUTES, MAX_REPEATS
from notifications.page import ONLY_WHEN_URGENT

TIME = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
ONCE = {"inputmode": "numeric", "autocomplete": "one-time-code", "maxlength": "6"}


def channels_for_people() -> dict[str, BaseChannel]:
    """What a person can add as a contact method."""
    found = all_channels().items()
    return {key: channel for key, channel in found if channel.for_people and channel.reaches}


class SharedChannelsField(forms.ModelMultipleChoiceField):
    """Shared channels to tick, each with its type, and marked where it is switched off."""

    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, obj: Any) -> str:
        off = "" if obj.is_enabled else ", disabled"
        return f"{obj} ({obj.get_channel_display()}{off})"


class NoticeForm(forms.ModelForm):
    """Which shared channels hear of a service, and of what."""

    channels = SharedChannelsField(
        SharedChannel.objects.exclude(channel__in=ONLY_WHEN_URGENT),  # No phone rings for news.
        required=False,
        label="Notification channels",
        help_text="More are added under Settings, Integrations: Webhooks, or Slack.",
    )

    personal_channels = forms.MultipleChoiceField(
        required=False,
        label="Channels to people",
        help_text="By which people are told of its incidents, in the order and after the minutes "
        "of their own rules. None ticked: by all that they have. A step that names channels comes "
        "first. Nobody is left without a way: who has none of these is told by all of theirs, and "
        "where one of these fails the person's next way is used, whichever it is.",
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        channels = [(key, one.label) for key, one in channels_for_people().items()]
        offer_choices(self, personal_channels=channels)

    class Meta:
        model = ServiceNotificationSettings
        fields = [
            "channels",
            "personal_channels",
            "on_triggered",
            "on_acknowledged",
            "on_resolved",
            "on_sla_breach",
            "on_sla_warning",
            "sla_tells_owner",
            "sla_tells_managers",
        ]
        labels = {
            "on_triggered": "Notify on triggered",
            "on_acknowledged": "Notify on acknowledged",
            "on_resolved": "Notify on resolved",
            "on_sla_breach": "Notify on SLA breach",
            "on_sla_warning": "Notify when the SLA is at risk",
        }


class MethodForm(forms.ModelForm):
    """How an address is called, and when it rests."""

    class Meta:
        model = ContactMethod
        fields = ["label", "hours", "quiet_from", "quiet_until"]
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
    repeat_times = forms.IntegerField(
        required=False,
        min_value=0,
        max_value=MAX_REPEATS,
        initial=0,
        widget=forms.NumberInput(attrs={"aria-label": "How often again"}),
    )
    repeat_every_minutes = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=MAX_REPEAT_EVERY_MINUTES,
        initial=5,
        widget=forms.NumberInput(attrs={"aria-label": "After how many minutes each"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, method=ContactMethod.objects.filter(user=user))


def address_form(channel_key: str, data: Any = None) -> forms.Form:
    """The form of a channel, for an address of one's own."""
    return channels_for_people()[channel_key].Form(data)
