"""The form of a gateway that is described in words."""

from django import forms

from notifications.channels._base import WebAddressField
from notifications.providers import _gateway

KINDS = [(kind, kind) for kind in _gateway.ENCODINGS]


def _rule(label: str, help_text: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        max_length=300,
        validators=[_gateway.check_rule],
        help_text=help_text,
    )


class GatewayForm(forms.Form):
    """The request, what its answer means, and what reports mean."""

    method = forms.ChoiceField(
        choices=[(one, one) for one in ("POST", "GET", "PUT")], help_text="Of the request."
    )
    url = WebAddressField(
        label="URL",
        max_length=1000,
        validators=[_gateway.check_template],
        help_text="Values are encoded for a URL.",
    )
    headers = forms.CharField(
        required=False,
        max_length=2000,
        widget=forms.Textarea,
        validators=[_gateway.check_template],
        help_text="Lines such as Authorization: Bearer {{secret}}.",
    )
    kind = forms.ChoiceField(
        label="Kind of body", choices=KINDS, help_text="Values are encoded for it."
    )
    body = forms.CharField(
        required=False,
        max_length=5000,
        widget=forms.Textarea,
        validators=[_gateway.check_template],
        help_text="Empty for GET.",
    )
    secret = forms.CharField(
        required=False,
        max_length=500,
        widget=forms.PasswordInput,
        help_text="The password or key, for {{secret}}.",
    )
    sender = forms.CharField(required=False, max_length=50, help_text="For {{from}}.")
    success_if = _rule("Success if", "Besides a status of 2xx; empty: that is enough.")
    id_at = _rule("ID at", "Of the message, in the answer; empty: {{id}} is its id.")
    refused_if = _rule("Number refused if", "Another provider would not help then.")
    busy_if = _rule("Busy if", "It is tried again soon then, and not counted as an outage.")
    receipt_id = forms.CharField(
        required=False, max_length=100, help_text="The field of a report that names the id."
    )
    receipt_status = forms.CharField(
        required=False, max_length=100, help_text="The field that says what became of it."
    )
    delivered_if = _rule("Delivered if", "Of that field; empty: no reports are waited for.")
    failed_if = _rule("Failed if", "Of that field.")
