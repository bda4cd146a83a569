"""Requests that providers make: read by their modules, and refused where they are not signed."""

import logging
from collections.abc import Callable
from typing import TypeVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from notifications.errors import CallbackRefused
from notifications.receipts import Callback
from opsportal.lib.net.errors import DeliveryError
from opsportal.lib.signatures.errors import CannotVerify

logger = logging.getLogger(__name__)
MAX_BODY_BYTES = 256 * 1024
# What a module raises that finds other types, names or depths than its provider documents.
NONSENSE = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError)

Said = TypeVar("Said")


def read_signed(
    request: HttpRequest, name: str, read: Callable[[Callback], Said]
) -> Said | HttpResponse:
    """What a request says to the account of this name; or the answer to one that says nothing
    here: too large, not signed, or not to be read."""
    if int(request.headers.get("Content-Length") or 0) > MAX_BODY_BYTES:
        return refusal("too large", 413)
    try:
        return read(callback_of(request))
    except CallbackRefused as problem:
        return refusal(str(problem), problem.status)
    except CannotVerify as delay:
        return refusal(str(delay), 503)
    except DeliveryError as error:  # Of a provider that is asked whether it said so.
        return refusal(str(error), 403 if error.permanent else 503)
    except NONSENSE:
        logger.warning("A callback of %s cannot be read", name, exc_info=True)
        return refusal("It cannot be read.", 400)


def refusal(sentence: str, status: int) -> HttpResponse:
    """An answer that a machine reads, or nobody."""
    return HttpResponse(sentence, status=status, content_type="text/plain")


def callback_of(request: HttpRequest) -> Callback:
    """The request as it came, at its public address."""
    return Callback(
        method=request.method or "",
        url=f"{settings.SITE_URL}{request.get_full_path()}",
        headers=request.headers,
        query=request.GET.dict(),
        body=request.body,
    )
