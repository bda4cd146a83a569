"""How the routes of Opsgenie's API speak: one shape, three headers, and who knocks."""

import functools
import time
import uuid
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, JsonResponse

from integrations.dialects.opsgenie import responses
from integrations.endpoints.views import RETRY_S, way_in
from integrations.inbound.endpoint_cache import DOORS, Door
from integrations.inbound.request import BadEncoding, TooLarge

TEMPLATE = "opsgenie"
HEADS = ("geniekey", "apikey")


class Refused(Exception):
    """An answer that is no success: a status, a message, and what else belongs to it."""

    def __init__(self, status: int, message: str, *, request_id: str = "", **more: Any) -> None:
        super().__init__(message)
        self.status, self.request_id = status, request_id
        self.retry_after = more.pop("retry_after", 0)
        self.body = {"message": message, **more}


Answer = tuple[int, dict[str, Any]]
View = Callable[..., Answer]


def speaking(*methods: str) -> Callable[[View], Callable[..., JsonResponse]]:
    """A route of that API. The view returns (status, body); ``requestId`` may be in the body."""

    def wrap(view: View) -> Callable[..., JsonResponse]:
        @way_in(*methods)
        @functools.wraps(view)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> JsonResponse:
            began = time.perf_counter()
            try:
                status, body = view(request, *args, **kwargs)
                return _say(status, body, began)
            except Refused as refused:
                body = refused.body | {"requestId": refused.request_id or _new_id()}
                response = _say(refused.status, body, began)
                if refused.status == 429:
                    response["X-RateLimit-State"] = "THROTTLED"
                    response["X-RateLimit-Reason"] = "INTEGRATION"
                    response["X-RateLimit-Period-In-Sec"] = "60"
                    response["Retry-After"] = str(refused.retry_after)
                return response
            except TooLarge:
                most = settings.INBOUND_MAX_BYTES
                return _say(413, {"message": f"A body may have {most} bytes at most."}, began)
            except BadEncoding as error:
                return _say(400, {"message": f"{error}"}, began)
            except (DatabaseError, InterfaceError):
                words = {"message": "Nothing was kept. Please send it again."}
                response = _say(503, words, began)
                response["Retry-After"] = RETRY_S
                return response

        return answer

    return wrap


def _new_id() -> str:
    return str(uuid.uuid4())


def _say(status: int, body: dict[str, Any], began: float) -> JsonResponse:
    took = round(time.perf_counter() - began, 3)
    request_id = body.get("requestId") or _new_id()
    response = JsonResponse({**body, "took": took, "requestId": request_id}, status=status)
    response["X-Request-ID"] = request_id
    response["X-Response-Time"] = str(took)
    response["X-RateLimit-State"] = "OK"
    return response


def key_of(request: HttpRequest) -> str:
    """The key in the header or in the address; '' where there is none."""
    scheme, _, key = request.headers.get("Authorization", "").strip().partition(" ")
    found = key.strip() if scheme.lower() in HEADS else ""
    return found or request.GET.get("apiKey", "") or request.GET.get("apikey", "")


def door_of(request: HttpRequest) -> Door:
    """The integration of the key. Raises Refused: 401 unknown, 403 of another type."""
    key = key_of(request)
    door = DOORS.by_token(key) if key else None
    if door is None:
        raise Refused(401, responses.UNKNOWN_KEY)
    if door.template != TEMPLATE:
        raise Refused(403, responses.NOT_OURS)
    return door
