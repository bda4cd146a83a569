"""Whether a request comes from the ticket system that it names. Each raises CallbackRefused."""

import hmac

from notifications.channels._base import Config
from notifications.errors import CallbackRefused
from notifications.providers._http import header
from notifications.receipts import Callback


def require_hmac(config: Config, callback: Callback, name: str) -> None:
    """The header ``name`` is ``sha256=`` and the HMAC of the body by the webhook's secret."""
    digest = hmac.digest(_secret(config).encode(), callback.body, "sha256").hex()
    _require(f"sha256={digest}", header(callback, name))


def require_token(config: Config, callback: Callback, name: str) -> None:
    """The header ``name`` is the webhook's secret itself."""
    _require(_secret(config), header(callback, name))


def _secret(config: Config) -> str:
    secret = str(config.get("webhook_secret") or "")
    if not secret:
        raise CallbackRefused("Enter a secret of the webhook first: nothing is taken without it.")
    return secret


def _require(expected: str, given: str) -> None:
    if not hmac.compare_digest(expected.encode(), given.encode()):
        raise CallbackRefused("The signature does not fit the secret.")
