"""Responses that several endpoints share."""

from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpResponse, JsonResponse
from django.urls import reverse

from integrations.inbound.access import CHALLENGE
from integrations.inbound.receive import Receipt

RETRY_AFTER_S = 5
NOT_FOUND = "There is no integration at this URL."
NOT_STORED = "Nothing was kept. Please send it again."
CODES = {
    400: "unreadable",
    401: "bad_signature",
    403: "disabled",
    404: "unknown_integration",
    429: "rate_limited",
    503: "unavailable",
}


def error(status: int, code: str, detail: str, **more: Any) -> JsonResponse:
    """The portal's own form of an error: a stable code, and a sentence for people."""
    return JsonResponse({"code": code, "detail": detail, **more}, status=status)


def rejection(receipt: Receipt) -> HttpResponse:
    """A receipt that is not accepted, in the portal's own form."""
    stored = {"message_id": receipt.message_id} if receipt.message_id else {}
    code = receipt.code or CODES[receipt.status]
    return with_headers(error(receipt.status, code, receipt.error, **stored), receipt)


def plain(text: str, status: int = 200) -> HttpResponse:
    """A response in plain text."""
    return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")


def empty(status: int = 200) -> HttpResponse:
    """A response without a body, and so without a Content-Type."""
    response = HttpResponse(status=status)
    del response["Content-Type"]
    return response


def identify(response: HttpResponse, receipt: Receipt) -> HttpResponse:
    """The response with the number of its message in the inbound log, and the page of its trace."""
    if receipt.message_id is not None:
        response["X-Message-Id"] = str(receipt.message_id)
        response["X-Message-Url"] = message_url(receipt.message_id)
    return response


def message_url(message_id: int) -> str:
    """The page that shows the whole way of a message."""
    return f"{settings.SITE_URL}{_message_path()}{message_id}/"


@cache
def _message_path() -> str:
    """The path of the pages of messages, up to the number: each message would look it up anew."""
    return reverse("message", args=[0]).removesuffix("0/")


def with_headers(response: HttpResponse, receipt: Receipt) -> HttpResponse:
    """The response with Retry-After (429, 503) or WWW-Authenticate (credentials are missing)."""
    if receipt.status in (429, 503):
        response["Retry-After"] = str(receipt.retry_after or RETRY_AFTER_S)
    if receipt.code == "unauthenticated":
        response["WWW-Authenticate"] = CHALLENGE
    return response
