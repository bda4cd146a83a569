"""Requests to outbound systems, each noted with its answer, without secrets."""

import json as json_format
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

import requests

from notifications.channels._base import BUSY, MAX_QUOTE, OF_CREDENTIALS
from notifications.message.incident_summary import one_line
from opsportal.lib.net import http
from opsportal.lib.net.errors import DeliveryError

TIMEOUT_S = 8.0
MAX_EXCERPT = 4096
MAX_REQUEST = 20_000
HIDDEN = "********"
MIN_SECRET = 4  # What is shorter is in every text.
SECRET_HEADERS = {"authorization", "private-token", "cookie", "proxy-authorization"}


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer, as people may read them; ``status`` is 0 without an answer."""

    request: str
    status: int
    answer: str
    duration_ms: int
    error: str = ""


@dataclass
class Client:
    """Sends, and remembers what it sent. ``secrets`` appear in nothing that it remembers."""

    secrets: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    timeout_s: float = TIMEOUT_S
    exchanges: list[Exchange] = field(default_factory=list)

    def send(
        self,
        method: str,
        url: str,
        *,
        json: Any = None,
        data: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """The answer, if it is a success. Raises DeliveryError for every other."""
        named = {**self.headers, **(headers or {})}
        noted = self.masked(_as_text(method, url, named, data if json is None else json))
        began = time.monotonic()
        try:
            response = http.send(
                method, url, json=json, data=data, headers=named, timeout=self.timeout_s
            )
        except DeliveryError as error:
            self.exchanges.append(Exchange(noted, 0, "", _ms_since(began), str(error)))
            raise
        error_of = None if response.ok else self._error_of(response)
        said = self.masked(response.content.decode(errors="replace")[:MAX_EXCERPT])
        why = str(error_of) if error_of else ""
        self.exchanges.append(Exchange(noted, response.status_code, said, _ms_since(began), why))
        if error_of:
            raise error_of
        return response

    def ask(self, method: str, url: str, *, json: Any = None) -> Any:
        """The JSON of a successful answer; {} where it has none. Raises DeliveryError."""
        response = self.send(method, url, json=json)
        try:
            return response.json() if response.content else {}
        except (ValueError, RecursionError):
            host = urlsplit(url).hostname
            raise DeliveryError(f"{host} answered with something else than JSON.") from None

    def masked(self, text: str) -> str:
        """The text without secrets, plain or as they stand in URLs, and without null bytes."""
        for secret in self.secrets:
            if len(secret) >= MIN_SECRET:
                text = text.replace(secret, HIDDEN).replace(quote(secret, safe=""), HIDDEN)
        return text.replace("\x00", "")

    def _error_of(self, response: requests.Response) -> DeliveryError:
        status, named = response.status_code, response.headers
        is_limited = status == 403 and (
            "Retry-After" in named or named.get("X-RateLimit-Remaining") == "0"
        )
        is_busy = status in BUSY or is_limited
        words = self.masked(one_line(_words(response), MAX_QUOTE))
        host = urlsplit(response.url).hostname
        return DeliveryError(
            f"{host} answered {status}: {words}",
            permanent=status < 500 and not is_busy,
            provider_fault=status >= 500 or is_busy or status in OF_CREDENTIALS,
            retry_after=(_wait_s(named) or 10.0) if is_busy else None,
        )


def object_of(value: Any, *path: str) -> dict[str, Any]:
    """The object inside nested ones; {} where there is none."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def _wait_s(named: Mapping[str, str]) -> float | None:
    if wait := http.retry_after_s(named.get("Retry-After", "")):
        return wait
    reset = named.get("X-RateLimit-Reset", "")
    return max(1.0, float(reset) - time.time()) if reset.isdecimal() and len(reset) < 12 else None


def _words(response: requests.Response) -> str:
    """What an answer gives as its reason, in one of the shapes that ticket systems use."""
    try:
        body = response.json()
    except (ValueError, RecursionError):
        return response.content.decode(errors="replace") or response.reason or "no reason given"
    found = body if isinstance(body, dict) else {}
    error = found.get("error")
    parts = [
        *_texts(found.get("errorMessages")),
        *_texts(found.get("errors")),
        *_texts(found.get("message")),
        *(_texts(error) if not isinstance(error, dict) else _texts(list(error.values()))),
    ]
    return "; ".join(parts) or response.reason or "no reason given"


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [f"{name}: {said}" for name, said in value.items()]
    if isinstance(value, list):
        return [str(one) for one in value if one]
    return [str(value)] if value else []


def _as_text(method: str, url: str, named: Mapping[str, str], body: Any) -> str:
    lines = [f"{method} {url}"]
    for name, value in named.items():
        lines.append(f"{name}: {HIDDEN if name.lower() in SECRET_HEADERS else value}")
    if isinstance(body, bytes):
        body = body.decode(errors="replace")
    elif body is not None:
        body = json_format.dumps(body, ensure_ascii=False, indent=1)
    return "\n".join(lines + (["", body] if body else []))[:MAX_REQUEST]


def _ms_since(began: float) -> int:
    return int((time.monotonic() - began) * 1000)
