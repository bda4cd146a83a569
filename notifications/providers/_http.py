"""What providers that are asked by HTTP share: logins, time, and what an error of theirs means."""

import base64
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

import requests

from notifications.channels._base import BUSY, GONE, MAX_QUOTE, OF_CREDENTIALS
from notifications.errors import CallbackRefused
from notifications.message.incident_summary import one_line
from notifications.receipts import Callback
from opsportal.lib.net import http
from opsportal.lib.net.errors import DeliveryError

TIMEOUT_S = 8.0
VALID_S = 900  # A page that comes ten hours later harms.
MAX_DIGITS = 10
BUSY_S = 10.0  # where the provider names no time


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor:
    """Which codes of a vendor's errors mean what. Of a code that is in none of them, the HTTP
    status says it; a path that is not there is a fault of the account, as no path names a phone.
    """

    label: str
    of_address: frozenset[str] = frozenset()
    of_account: frozenset[str] = frozenset()
    of_busy: frozenset[str] = frozenset()
    of_outage: frozenset[str] = frozenset()

    def error(
        self, words: object, *, status: int = 400, code: object = "", retry_after: str = ""
    ) -> DeliveryError:
        """The error that an answer means, in the vendor's words."""
        name = str(code)
        is_address = name in self.of_address
        is_busy = not is_address and (status in BUSY or name in self.of_busy)
        passes = is_busy or status >= 500 or name in self.of_outage
        is_account = name in self.of_account or status in (*OF_CREDENTIALS, *GONE)
        return DeliveryError(
            f"{self.label}: {one_line(str(words), MAX_QUOTE)} ({name or status})",
            permanent=not passes,
            provider_fault=passes or (is_account and not is_address),
            address_fault=is_address,
            retry_after=(http.retry_after_s(retry_after) or BUSY_S) if is_busy else None,
        )

    def error_of(
        self, response: requests.Response, words: object = "", code: object = ""
    ) -> DeliveryError:
        """The error of an HTTP answer; its reason where the vendor says nothing."""
        return self.error(
            words or response.reason or "no reason given",
            status=response.status_code,
            code=code or "",
            retry_after=response.headers.get("Retry-After", ""),
        )


def basic(user: str, password: str) -> dict[str, str]:
    """The header of HTTP's basic authentication."""
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def header(callback: Callback, name: str) -> str:
    """A header of a callback, whatever the case of its name; '' where there is none."""
    found = (value for key, value in callback.headers.items() if key.lower() == name.lower())
    return next(found, "")


def require(expected: str, given: str, label: str) -> None:
    """Raise CallbackRefused unless a signature is the expected one."""
    if not given or not hmac.compare_digest(expected.encode(), given.encode()):
        raise CallbackRefused(f"The signature of {label} does not fit.")


def with_plus(number: object) -> str:
    """A number as E.164 writes it, of one without its plus sign."""
    return "+" + str(number or "").lstrip("+")


def int_of(value: object) -> int:
    """A number that a vendor names, as a number or as text; 0 for anything else."""
    text = str(value)
    return int(text) if text.isdecimal() and len(text) < MAX_DIGITS else 0


def price_of(value: object) -> Decimal | None:
    """A price that a vendor names, of either sign; None for anything that is no amount."""
    try:
        price = abs(Decimal(str(value)))
    except InvalidOperation:
        return None
    return price if price.is_finite() else None


def object_at(value: Any, *path: str) -> Mapping[str, Any]:
    """The object inside nested ones; an empty one where there is none."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}
