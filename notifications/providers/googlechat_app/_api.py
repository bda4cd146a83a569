"""Requests to Google's Chat API as a service account, and what its refusals mean.

https://developers.google.com/identity/protocols/oauth2/service-account#httprest
"""

import json
import time
from functools import partial
from typing import Any

import jwt

from notifications.channels._base import Config
from notifications.providers import _calls
from notifications.providers._access_tokens import AccessTokens
from notifications.providers._calls import Fault
from notifications.providers._http import object_at
from opsportal.lib.net.errors import DeliveryError

API = "https://chat.googleapis.com/v1"
TOKEN_URL = "https://oauth2.googleapis.com/token"  # noqa: S105
SCOPE = "https://www.googleapis.com/auth/chat.bot"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
VALID_S = 3600
# Not a member of the space, or there is no such space or person.
OF_THE_ADDRESS = (403, 404)
TOKENS = AccessTokens()


def call(
    config: Config, method: str, path: str, parts: dict[str, Any] | None = None
) -> dict[str, Any]:
    """The object that Google answers. Raises DeliveryError in its words."""
    headers = {"Authorization": f"Bearer {token_of(config)}"}
    response, fields = _calls.call(method, f"{API}/{path}", json=parts, headers=headers)
    if response.ok:
        return fields
    if response.status_code == 401:
        forget_token(config)
    said = object_at(fields, "error")
    name = said.get("status") or response.status_code
    raise _calls.refusal(
        response,
        f"Google Chat: {said.get('message') or response.reason} ({name})",
        fault=Fault.ADDRESS if response.status_code in OF_THE_ADDRESS else None,
    )


def token_of(config: Config) -> str:
    """The access token of the app. Raises DeliveryError in Google's words."""
    return TOKENS.get(config["service_account_key"], partial(_fetch, config))


def forget_token(config: Config) -> None:
    TOKENS.forget(config["service_account_key"])


def _fetch(config: Config) -> tuple[str, float]:
    form = {"grant_type": GRANT, "assertion": _assertion(config)}
    response, fields = _calls.call("POST", TOKEN_URL, data=form)
    if response.ok and fields.get("access_token"):
        return str(fields["access_token"]), float(fields.get("expires_in") or 0)
    words = fields.get("error_description") or fields.get("error") or response.reason
    raise _calls.refusal(
        response,
        f"Google: {words}",
        fault=Fault.PROVIDER if response.status_code < 429 else None,
    )


def _assertion(config: Config) -> str:
    """That we are the service account, signed by its key."""
    key, now = json.loads(config["service_account_key"]), int(time.time())
    claims = {
        "iss": key["client_email"],
        "scope": SCOPE,
        "aud": TOKEN_URL,
        "iat": now,
        "exp": now + VALID_S,
    }
    try:
        return jwt.encode(claims, key["private_key"], algorithm="RS256")
    except (jwt.PyJWTError, ValueError, TypeError):
        words = "Google Chat: the private key in the service account key cannot be read."
        raise DeliveryError(words, permanent=True, provider_fault=True) from None
