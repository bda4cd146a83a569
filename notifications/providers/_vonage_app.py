"""What Vonage's APIs of an application share: its form, its JWTs, and what its webhooks sign.

Requests carry a JWT that is signed with the application's private key (RS256):
https://developer.vonage.com/en/getting-started/concepts/authentication . Webhooks carry one that
is signed with the account's signature secret (HS256) and names the hash of the body:
https://developer.vonage.com/en/getting-started/concepts/webhooks#decoding-signed-webhooks
"""

import base64
import binascii
import hmac
import json
import re
import time
from collections.abc import Mapping
from hashlib import sha256
from typing import Any
from uuid import uuid4

import jwt
from django import forms

from notifications.channels._base import Config
from notifications.errors import CallbackRefused
from notifications.providers import _calls
from notifications.providers._calls import Fault
from notifications.providers._http import header
from notifications.receipts import Callback
from opsportal.lib.net.errors import DeliveryError

API = "https://api.nexmo.com"
TIMEOUT_S = _calls.TIMEOUT_S
VALID_S = 300  # of our own tokens
MAX_AGE_S = 300  # of theirs, and how far their clock may be ahead
BOUNDARY = re.compile(r"-----(BEGIN|END) ([A-Z ]*PRIVATE KEY)-----")
MAX_KEY_CHARS = 8000
TO = re.compile(r"to\b")  # the parameter that names who is called


class PrivateKeyField(forms.CharField):
    """A key in PEM, with its lines broken anew: an input of one line takes them away."""

    def clean(self, value: Any) -> str:
        text = str(super().clean(value) or "")
        if not text:
            return ""
        ends = BOUNDARY.findall(text)
        body = "".join(BOUNDARY.sub("", text).split())
        try:
            base64.b64decode(body, validate=True)
        except binascii.Error:
            body = ""
        if [word for word, _ in ends] != ["BEGIN", "END"] or not body:
            raise forms.ValidationError(
                "Paste the whole of private.key, from -----BEGIN to the END of its last line."
            )
        kind = ends[0][1]
        lines = [body[at : at + 64] for at in range(0, len(body), 64)]
        return "\n".join((f"-----BEGIN {kind}-----", *lines, f"-----END {kind}-----", ""))


class ApplicationForm(forms.Form):
    application_id = forms.UUIDField(
        label="Application ID", help_text="Of the application, at the top of its page."
    )
    private_key = PrivateKeyField(
        label="Private key",
        max_length=MAX_KEY_CHARS,
        widget=forms.PasswordInput,
        help_text="All of the file private.key, which is downloaded when a key is generated.",
    )
    signature_secret = forms.CharField(
        max_length=200,
        widget=forms.PasswordInput,
        help_text="Under API settings. What is not signed with it changes nothing here.",
    )

    def clean_application_id(self) -> str:
        return str(self.cleaned_data["application_id"])


def call(
    config: Config,
    method: str,
    resource: str,
    json: Mapping[str, Any] | None = None,
    *,
    timeout_s: float = TIMEOUT_S,
) -> dict[str, Any]:
    """The object that Vonage answers; {} where it answers none.

    Raises DeliveryError in its words.
    """
    response, fields = _calls.call(
        method,
        f"{API}{resource}",
        json=json,
        headers=login(config),
        timeout_s=timeout_s,
    )
    if response.ok:
        return fields
    words = fields.get("detail") or fields.get("error_title") or fields.get("title")
    named = [str(one) for one in fields.get("invalid_parameters") or ()]
    is_number = response.status_code == 400 and any(TO.match(one) for one in named)
    sentence = " ".join(["Vonage:", str(words or response.reason), *named])
    raise _calls.refusal(
        response,
        f"{sentence} ({response.status_code})",
        fault=Fault.ADDRESS if is_number else None,
    )


def login(config: Config) -> dict[str, str]:
    """The header of a request. Raises DeliveryError where the private key cannot be read."""
    return {"Authorization": f"Bearer {_token(config)}"}


def _token(config: Config) -> str:
    now = int(time.time())
    claims = {
        "application_id": config["application_id"],
        "iat": now,
        "exp": now + VALID_S,
        "jti": str(uuid4()),
    }
    try:
        return jwt.encode(claims, str(config["private_key"]), algorithm="RS256")
    except (jwt.PyJWTError, ValueError, TypeError):
        raise DeliveryError(
            "Vonage: the private key cannot be read: paste private.key anew.",
            permanent=True,
            provider_fault=True,
        ) from None


def read_signed(config: Config, callback: Callback) -> dict[str, Any]:
    """The object of a webhook that Vonage signed. Raises CallbackRefused where the token is
    missing, old, made with another secret, or of another body or application."""
    token = header(callback, "Authorization").removeprefix("Bearer ").strip()
    try:
        claims = jwt.decode(
            token,
            str(config["signature_secret"]),
            algorithms=["HS256"],
            options={"require": ["iat", "payload_hash"], "verify_iat": False, "verify_aud": False},
        )
    except jwt.PyJWTError:
        raise CallbackRefused("The signature of Vonage does not fit.") from None
    body_hash = sha256(callback.body).hexdigest()
    if not hmac.compare_digest(str(claims["payload_hash"]).encode(), body_hash.encode()):
        raise CallbackRefused("What Vonage signed is another body.")
    if claims.get("application_id") not in (None, str(config["application_id"])):
        raise CallbackRefused("Another application of Vonage sent this.")
    if abs(time.time() - float(claims["iat"])) > MAX_AGE_S:
        raise CallbackRefused("What Vonage signed is too old.")
    found = json.loads(callback.body)
    if not isinstance(found, dict):
        raise CallbackRefused("Vonage sent no object.")
    return found
