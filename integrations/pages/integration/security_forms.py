"""Forms of the panel Security: signatures, networks, credentials, the rate limit."""

import re
from typing import Any

from django import forms
from django.forms.boundfield import BoundField

from integrations import signatures
from integrations.inbound.access import BadNetwork, tidy_networks
from integrations.inbound.endpoint_cache import provider_of
from integrations.models import Integration
from integrations.signatures import CUSTOM, LABELS, custom, keyring
from opsportal.lib.encryption import readable

OWN = "own_"  # Prefix of the fields that describe a custom signature.
PASSWORD = {"autocomplete": "new-password", "spellcheck": "false"}


def forms_of(integration: Integration, usual: str = "") -> dict[str, Any]:
    """The context of the panel; ``usual`` is the signature scheme of the template."""
    return {
        "signature_form": SignatureForm.of(integration, usual),
        "networks_form": NetworksForm(
            initial={"networks": "\n".join(integration.allowed_networks)}
        ),
        "credentials_form": CredentialsForm(initial={"basic_user": integration.basic_user}),
        "rate_form": RateForm(initial={"rate_limit": integration.rate_limit}),
        "secrets": keyring.read(readable(integration, "signature_secret", "")),
        "signer_label": LABELS.get(provider_of(integration), ""),
        "topics": integration.signature_provider == "sns",
    }


class SignatureForm(forms.Form):
    """The signature scheme and its secret, which is never shown again."""

    provider = forms.ChoiceField(
        label="Signature scheme",
        initial="generic",
        help_text="The header and format that the sender uses. Custom: described below.",
    )
    secret = forms.CharField(
        label="Secret",
        required=False,
        max_length=500,
        widget=forms.PasswordInput(attrs=PASSWORD),
        help_text="The same as in the tool. Empty: one is generated and shown once. "
        "For Amazon SNS: the ARN of the topic; empty for any.",
    )
    own_header = forms.CharField(
        label="Header", required=False, max_length=100, help_text="Such as X-Signature."
    )
    own_algorithm = forms.ChoiceField(
        label="Algorithm",
        required=False,
        choices=[
            ("sha256", "HMAC-SHA256"),
            ("sha1", "HMAC-SHA1"),
            ("sha512", "HMAC-SHA512"),
            ("token", "None: the header is the secret itself"),
        ],
    )
    own_encoding = forms.ChoiceField(
        label="Encoding", required=False, choices=[("hex", "Hexadecimal"), ("base64", "Base64")]
    )
    own_prefix = forms.CharField(
        label="Prefix",
        required=False,
        max_length=40,
        strip=False,
        help_text="The text before the signature, such as sha256= or “Bearer ”.",
    )
    own_signed = forms.CharField(
        label="Signed content",
        required=False,
        max_length=200,
        strip=False,
        help_text="{body}, and where the tool signs them {timestamp} and {url}: {timestamp}.{body}",
    )
    own_timestamp_header = forms.CharField(label="Timestamp header", required=False, max_length=100)
    own_tolerance = forms.IntegerField(
        label="Tolerance in seconds",
        required=False,
        min_value=1,
        max_value=custom.MAX_TOLERANCE_S,
        help_text="How old a signed timestamp may be. Empty: 300.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = sorted(LABELS.items(), key=lambda pair: pair[1].lower())
        first = [(name, LABELS[name]) for name in ("generic", CUSTOM)]
        choices = [*first, *(pair for pair in named if pair not in first)]
        self.fields["provider"].choices = choices  # type: ignore[attr-defined] # a ChoiceField

    @classmethod
    def of(cls, integration: Integration, usual: str = "") -> "SignatureForm":
        """The form as the integration is configured, else with the scheme of its template."""
        own = {f"{OWN}{key}": value for key, value in integration.signature_form.items()}
        return cls(initial={"provider": provider_of(integration) or usual or "generic", **own})

    @property
    def basics(self) -> list[BoundField]:
        return [self["provider"], self["secret"]]

    @property
    def own(self) -> list[BoundField]:
        return [self[name] for name in self.fields if name.startswith(OWN)]

    @property
    def is_custom(self) -> bool:
        chosen = self.data.get("provider") if self.is_bound else self.initial.get("provider")
        return chosen == CUSTOM

    @property
    def described(self) -> dict[str, Any] | None:
        """The custom scheme that the fields describe; None for a known one."""
        if self.cleaned_data.get("provider") != CUSTOM:
            return None
        found = {name: self.cleaned_data.get(f"{OWN}{name}") for name in custom.KEYS}
        return {name: value for name, value in found.items() if value not in (None, "")}

    def clean(self) -> dict[str, Any]:
        super().clean()
        if self.cleaned_data.get("provider") == CUSTOM and not self.errors:
            for key, problem in custom.problems_of(self.described or {}):
                self.add_error(f"{OWN}{key}", f"{problem[:1].upper()}{problem[1:]}.")
        return self.cleaned_data

    @property
    def needs_secret(self) -> bool:
        return signatures.needs_secret(self.cleaned_data["provider"])


class NetworksForm(forms.Form):
    networks = forms.CharField(
        label="Allowed networks",
        required=False,
        max_length=10_000,
        widget=forms.Textarea(
            attrs={"rows": 4, "spellcheck": "false", "placeholder": "192.0.2.0/24\n2001:db8::/32"}
        ),
        help_text="IP addresses or networks, one per line. Empty: any. Others are answered 403.",
    )

    def clean_networks(self) -> list[str]:
        try:
            return tidy_networks(re.split(r"[\s,]+", self.cleaned_data["networks"].strip()))
        except BadNetwork as problem:
            raise forms.ValidationError(str(problem)) from problem


class CredentialsForm(forms.Form):
    """Stored values are never shown: an empty field keeps them."""

    basic_user = forms.CharField(
        label="User",
        required=False,
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text="For basic auth. Empty: no basic auth.",
    )
    basic_password = forms.CharField(
        label="Password",
        required=False,
        max_length=500,
        strip=False,
        widget=forms.PasswordInput(attrs=PASSWORD),
        help_text="Empty: the password is kept.",
    )
    bearer_token = forms.CharField(
        label="Bearer token",
        required=False,
        max_length=500,
        widget=forms.PasswordInput(attrs=PASSWORD),
        help_text="Sent as “Authorization: Bearer …”. Empty: the token is kept.",
    )
    removes_bearer = forms.BooleanField(label="Remove the bearer token", required=False)

    def __init__(self, *args: Any, has_password: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.has_password = has_password

    @property
    def changes(self) -> dict[str, Any]:
        """The arguments of :func:`security.change_credentials`; None keeps a value."""
        found = self.cleaned_data
        bearer = "" if found["removes_bearer"] else found["bearer_token"] or None
        return {
            "basic_user": found["basic_user"],
            "basic_password": found["basic_password"] or None,
            "bearer_token": bearer,
        }

    def clean_basic_user(self) -> str:
        user = self.cleaned_data["basic_user"].strip()
        if ":" in user:
            raise forms.ValidationError("A colon ends the name in basic auth: leave it out.")
        return user

    def clean(self) -> dict[str, Any]:
        """User and password only together; a stored password counts."""
        found = super().clean() or self.cleaned_data
        if found.get("basic_user") and not (found.get("basic_password") or self.has_password):
            self.add_error("basic_password", "Basic auth needs a password, too.")
        if found.get("basic_password") and not found.get("basic_user"):
            self.add_error("basic_user", "Basic auth needs a user, too.")
        return found


class RateForm(forms.Form):
    rate_limit = forms.IntegerField(
        label="Messages per minute",
        required=False,
        min_value=0,
        max_value=1_000_000,
        help_text="0: no limit. Empty: the portal's default. Messages above it are answered 429, "
        "but stored and processed.",
    )
