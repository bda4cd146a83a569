"""Requests to providers that answer with JSON, and what their refusals mean."""

from collections.abc import Collection
from enum import Enum
from typing import Any

import requests

from notifications.channels._base import BUSY, OF_CREDENTIALS, fields_of
from notifications.message.incident_summary import one_line
from opsportal.lib.net import http
from opsportal.lib.net.errors import DeliveryError

TIMEOUT_S = 8.0
MAX_WORDS = 200
MIN_SECRET_CHARS = 6


class Fault(Enum):
    """Why a provider refused: what is wrong for good, or that it is busy or broken for now."""

    ADDRESS = "address"
    PROVIDER = "provider"
    PASSING = "passing"


class Refused(DeliveryError):
    """A provider answered no; ``status`` is of HTTP, ``fields`` the JSON object it came with."""

    status: int
    fields: dict[str, Any]


def call(
    method: str, url: str, *, timeout_s: float = TIMEOUT_S, **parts: Any
) -> tuple[requests.Response, dict[str, Any]]:
    """The answer, whatever its status, with its JSON object; ``parts`` are those of the request.

    Raises DeliveryError where none came.
    """
    response = http.send(method, url, timeout=timeout_s, **parts)
    return response, fields_of(response)


def refusal(
    response: requests.Response,
    words: str,
    *,
    fault: Fault | None = None,
    retry_after: float | None = None,
    secrets: Collection[str] = (),
) -> Refused:
    """The error that an answer is, in the provider's own ``words`` without the secrets.

    Where they do not say whose ``fault`` it is, the status does.
    """
    status = response.status_code
    passes = fault is Fault.PASSING or (fault is None and (status in BUSY or status >= 500))
    is_provider = fault is Fault.PROVIDER or (fault is None and status in OF_CREDENTIALS)
    error = Refused(
        _without(one_line(words, MAX_WORDS), secrets),
        permanent=not passes,
        provider_fault=passes or is_provider,
        address_fault=fault is Fault.ADDRESS,
        retry_after=retry_after or http.retry_after_s(response.headers.get("Retry-After", "")),
    )
    error.status, error.fields = status, fields_of(response)
    return error


def _without(words: str, secrets: Collection[str]) -> str:
    for secret in secrets:
        if len(secret) >= MIN_SECRET_CHARS:
            words = words.replace(secret, "…")
    return words
