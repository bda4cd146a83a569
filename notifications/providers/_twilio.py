"""What Twilio's APIs share: requests, errors and signatures.

https://www.twilio.com/docs/usage/requests-to-twilio and /usage/security. Signatures: HMAC over the
URL and the sorted parameters, SHA-1 with the auth token or SHA-256 with a shared key.
"""

import base64
import hmac
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

from django import forms

from notifications.channels._base import BUSY, Config, fields_of
from notifications.errors import CallbackRefused
from notifications.providers._http import basic, int_of
from notifications.receipts import Callback
from opsportal.lib.net import http
from opsportal.lib.net.errors import DeliveryError

API = "https://api.twilio.com"
CHECK_TIMEOUT_S = 8.0
# https://www.twilio.com/docs/api/errors
OF_THE_ADDRESS = {13224, 21211, 21214, 21217, 21610, 21612, 21614, 60200, 63003, 63024}
OF_THE_PROVIDER = {
    10001, 13227, 20003, 20005, 21210, 21212, 21215, 21408, 21603, 21606, 21608, 21659, 21660,
    30002, 32205, 63016, 63021, 63027, 63028, 63030,
}  # fmt: skip
OF_TOO_MANY = {10004, 14107, 20429, 30001, 63018, 63038}
NO_PUBLIC_URL = {21609, 21623}
STATUS_NAMES = ("X-Twilio-Signature", "X-Twilio-Webhooks-Signature-Settings")


class Refused(DeliveryError):
    """Twilio said no; ``code`` is the number of its error."""

    code = 0


class AccountForm(forms.Form):
    account_sid = forms.RegexField(
        r"^AC[0-9a-fA-F]{32}$",
        label="Account SID",
        help_text="AC and 32 digits, on the dashboard.",
        error_messages={"invalid": "Enter AC and 32 hexadecimal digits."},
    )
    auth_token = forms.CharField(
        max_length=100,
        widget=forms.PasswordInput,
        help_text="Below the SID; it signs answers, too.",
    )


STEPS = (
    "Log in at console.twilio.com; copy Account SID and Auth Token from its first page.",
    "Buy a number that can do what is wanted here under Phone Numbers, Buy a number.",
    "Allow the countries of your people under Messaging (or Voice), Settings, Geo permissions.",
    "For numbers in the USA and Canada, register the sender (A2P 10DLC, or toll-free).",
)


def call(
    config: Config, resource: str, data: Mapping[str, Any] | None = None, *, timeout_s: float
) -> dict[str, Any]:
    """The object that Twilio answers to a POST of ``data``, or to a GET where there is none.

    Raises DeliveryError with Twilio's own words and the number of its error.
    """
    response = http.send(
        "GET" if data is None else "POST",
        f"{API}/2010-04-01/Accounts/{config['account_sid']}{resource}",
        data=None if data is None else {k: v for k, v in data.items() if v not in ("", None)},
        headers=login(config),
        timeout=timeout_s,
    )
    fields = fields_of(response)
    if response.ok:
        return fields
    code = int_of(fields.get("code"))
    words = fields.get("message") or response.reason
    raise _failure(response.status_code, code, f"Twilio: {words} ({code or response.status_code})")


def login(config: Config) -> dict[str, str]:
    """The header that shows whose account it is."""
    return basic(str(config["account_sid"]), str(config["auth_token"]))


def check(config: Config) -> str:
    """A sentence that the account is active. Raises DeliveryError for any other."""
    account = call(config, ".json", timeout_s=CHECK_TIMEOUT_S)
    if account.get("status") != "active":
        raise DeliveryError(f"Twilio: the account is {account.get('status')}", permanent=True)
    return f"Twilio: the account “{account.get('friendly_name')}” is active."


def _failure(status: int, code: int, words: str) -> Refused:
    is_busy = status in BUSY or code in OF_TOO_MANY
    error = Refused(
        words,
        permanent=status < 500 and not is_busy,
        provider_fault=is_busy or status >= 500 or code in OF_THE_PROVIDER or status in (401, 403),
        address_fault=code in OF_THE_ADDRESS,
        retry_after=10.0 if is_busy else None,
    )
    error.code = code
    return error


def read_form(config: Config, callback: Callback) -> dict[str, str]:
    """The parameters of a signed request. Raises CallbackRefused where the signature is missing,
    made with another key, or of an algorithm that is not known."""
    pairs = parse_qsl(callback.body.decode(errors="replace"), keep_blank_values=True)
    names = {name.lower(): value for name, value in callback.headers.items()}
    wanted = names.get(STATUS_NAMES[0].lower(), "")
    said = names.get(STATUS_NAMES[1].lower(), "").split(",")
    settings = dict(part.split("=", 1) for part in said if "=" in part)
    if settings and settings.get("algorithm") != "HMAC_SHA256":
        raise CallbackRefused("The signature of Twilio has an algorithm that is not known here.")
    algorithm = "sha256" if settings else "sha1"
    key = str(config.get("shared_key") or "") if settings else str(config["auth_token"])
    fits = (
        hmac.compare_digest(_signature(key, url, pairs, algorithm).encode(), wanted.encode())
        for url in _spellings(callback.url)
    )
    if not key or not wanted or not any(fits):
        raise CallbackRefused("The signature of Twilio does not fit the Auth Token.")
    return dict(pairs)


def _signature(key: str, url: str, pairs: list[tuple[str, str]], algorithm: str) -> str:
    text = url + "".join(name + value for name, value in sorted(set(pairs)))
    return base64.b64encode(hmac.digest(key.encode(), text.encode(), algorithm)).decode()


def _spellings(url: str) -> Iterator[str]:
    """The URL as it is, and with the standard port of its scheme, or without it."""
    yield url
    parts = urlsplit(url)
    port = 443 if parts.scheme == "https" else 80
    host = parts.hostname or ""
    netloc = host if parts.port == port else f"{host}:{port}" if parts.port is None else ""
    if netloc:
        yield parts._replace(netloc=netloc).geturl()


def body_fits(callback: Callback) -> bool:
    """Whether a JSON body is the one that the signed URL names by its hash."""
    named = parse_qs(urlsplit(callback.url).query).get("bodySHA256", [""])[0]
    return hmac.compare_digest(named, sha256(callback.body).hexdigest())
