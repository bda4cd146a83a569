"""What all endpoints of Opsgenie's API share: authentication, the form of answers, three headers.

https://docs.opsgenie.com/docs/api-overview
"""

import time
import uuid
from functools import partial
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase

from integrations.dialects.opsgenie import requests, responses
from integrations.endpoints import view
from integrations.endpoints.authentication import InboundAuthentication, find
from integrations.endpoints.dialect import check_reader
from integrations.endpoints.request import Credential, MessageRequest
from integrations.endpoints.schema import answer
from integrations.endpoints.throttling import BacklogThrottle
from integrations.inbound.endpoint_cache import EndpointConfig, endpoint_cache
from integrations.inbound.receive import Receipt

TEMPLATE = "opsgenie"
SCHEMES = ("geniekey", "apikey")


class ApiError(Exception):
    """An error in the form of this API; ``more`` belongs into its body."""

    def __init__(self, status: int, message: str, *, request_id: str = "", **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"message": message, **more, "requestId": request_id or _new_id()}
        self.headers: dict[str, str] = {}


def _new_id() -> str:
    return str(uuid.uuid4())


def error_of(receipt: Receipt, request_id: str = "") -> ApiError:
    """The error for a receipt that is not accepted."""
    if receipt.status != 429:
        return ApiError(receipt.status, receipt.error, request_id=request_id)
    error = ApiError(429, responses.THROTTLED, request_id=request_id)
    error.headers = {
        "X-RateLimit-State": "THROTTLED",
        "X-RateLimit-Reason": "INTEGRATION",
        "X-RateLimit-Period-In-Sec": "60",
        "Retry-After": str(receipt.retry_after),
    }
    return error


def unknown_key() -> ApiError:
    """The error for a key that is missing or belongs to no integration."""
    return ApiError(401, responses.UNKNOWN_KEY)


def key_of(request: MessageRequest) -> str:
    """The key in ``Authorization: GenieKey …`` or in the query; '' if there is none."""
    scheme, _, key = request.headers.get("Authorization", "").strip().partition(" ")
    found = key.strip() if scheme.lower() in SCHEMES else ""
    return found or request.GET.get("apiKey", "") or request.GET.get("apikey", "")


class GenieKeyAuthentication(InboundAuthentication):
    """The key of an integration of the template ``opsgenie``."""

    security: ClassVar[tuple[str, ...]] = ("genieKey",)

    def credential(self, request: MessageRequest) -> Credential:
        """Raises ApiError: 401 for an unknown key, 403 for one of another template."""
        key = key_of(request)
        config = find(key) if key else None
        if config is None:
            raise unknown_key()
        if config.template != TEMPLATE:
            raise ApiError(403, responses.NOT_OURS)
        return Credential(partial(endpoint_cache.by_token, key))


class OpsgenieView(view.InboundView):
    """Answers carry ``took`` (seconds) and ``requestId``, in the body and in headers."""

    route = requests.CREATE
    authentication_classes = [GenieKeyAuthentication]
    throttle_classes = [BacklogThrottle]
    started_s: float

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        self.started_s = time.perf_counter()
        super().setup(request, *args, **kwargs)

    def respond(self, status: int, body: dict[str, Any]) -> HttpResponse:
        """The answer; ``requestId`` may be in the body."""
        took = round(time.perf_counter() - self.started_s, 3)
        request_id = body.get("requestId") or _new_id()
        response = JsonResponse({**body, "took": took, "requestId": request_id}, status=status)
        response["X-Request-ID"] = request_id
        response["X-Response-Time"] = str(took)
        response["X-RateLimit-State"] = "OK"
        return response

    def error(self, status: int, code: str, detail: str) -> HttpResponse:
        return self.respond(status, {"message": detail})

    def get_exception_handler(self) -> Any:
        return _handle_exception

    def reader(self, request: MessageRequest) -> EndpointConfig:
        """The endpoint, for a request that only reads. Raises ApiError."""
        config, rejection = check_reader(request)
        if rejection:
            raise error_of(rejection)
        if config is None:
            raise unknown_key()
        return config

    def unknown_key(self, request: MessageRequest) -> HttpResponse:
        """Raises ApiError."""
        raise unknown_key()


def _handle_exception(exc: Exception, context: dict[str, Any]) -> HttpResponseBase | None:
    if not isinstance(exc, ApiError):
        return view.handle_exception(exc, context)
    response = context["view"].respond(exc.status, exc.body)
    for name, value in exc.headers.items():
        response[name] = value
    return response


OK = {"took": 0.012, "requestId": "43a29c5c-3dbf-4fa4-9c26-f4f71023e120"}
REJECTED = {
    401: answer("The key is missing or unknown.", {"message": responses.UNKNOWN_KEY, **OK}),
    403: answer("The key is of another template.", {"message": responses.NOT_OURS, **OK}),
    429: answer("Past the rate limit: see Retry-After.", {"message": responses.THROTTLED, **OK}),
}
