"""Push by OneSignal, to the apps and sites in which a person is logged in."""

from django import forms

from notifications.channels._base import ProvidedChannel
from notifications.choices import TemplateKind


class Channel(ProvidedChannel):
    """For who has an app of their own at OneSignal; others use Push, which needs no account."""

    label = "OneSignal"
    template_kind = TemplateKind.PUSH
    example = {"external_id": "9f1c2b7e-5a44-4c53-9a0e-2f7d6f0c1a11"}
    address_field = "external_id"

    class Form(forms.Form):
        external_id = forms.CharField(
            label="External ID",
            max_length=128,
            help_text="What the app has passed to OneSignal.login() for you.",
        )
