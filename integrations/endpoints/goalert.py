"""The integration keys of GoAlert: generic, tool specific and heartbeat URLs.

https://github.com/target/goalert: Generic API.
"""

import base64
import binascii
from collections.abc import Iterable
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.urls import path
from drf_spectacular.utils import extend_schema_view

from integrations.decoding.decode import UNREADABLE
from integrations.endpoints import pinging, responses
from integrations.endpoints.authentication import UrlKeyAuthentication
from integrations.endpoints.dialect import Dialect, DialectView, Submission
from integrations.endpoints.request import MessageRequest
from integrations.endpoints.schema import TEXT, answer, documented
from integrations.endpoints.view import InboundView
from integrations.engine import engine
from integrations.inbound.receive import Receipt
from integrations.models import Result

# Where a key may stand, in the query as in a form; the first is today's name.
KEY_FIELDS = ("token", "integrationKey", "integration_key", "key")
UNAUTHORIZED = "Unauthorized\n"
NO_SUMMARY = "'summary' is missing or blank"
TOOLS = ("prometheusalertmanager", "grafana", "site24x7")


class GoAlertDialect(Dialect):
    """A message of a tool, read by the rules of the integration."""

    route = "goalert"

    def outer_key(self, request: MessageRequest) -> str:
        """From the query or ``Authorization``: the bearer, or Basic's password."""
        return _field(request.GET.dict()) or _authorization(request)

    def accepted(self, submission: Submission, receipt: Receipt) -> HttpResponse:
        return responses.empty()

    def rejected(self, submission: Submission, receipt: Receipt) -> HttpResponse:
        return _rejected(receipt)


class GenericDialect(GoAlertDialect):
    """summary, details, action=close, dedup: in the query, a form or JSON."""

    accepted_status = 204
    key_fields = KEY_FIELDS

    def key(self, request: MessageRequest) -> str:
        """From the query, the body, or ``Authorization``."""
        body = _fields(request)
        in_body = _field(body) if isinstance(body, dict) else ""
        return _field(request.GET.dict()) or in_body or _authorization(request)

    def validate(self, request: MessageRequest) -> Submission:
        """``details`` is the request, whose Accept decides the form of the answer."""
        body = _fields(request)
        found = [] if body is UNREADABLE or _summary(body) else [NO_SUMMARY]
        return Submission(request.inbound, found, request)

    def accepted(self, submission: Submission, receipt: Receipt) -> HttpResponse:
        """204; to whom accepts JSON, the outcome."""
        if receipt.message_id is None:
            return _rejected(receipt)
        if submission.details.headers.get("Accept") == "application/json":
            return JsonResponse(_outcome(receipt.message_id))
        return responses.empty(204)


def _fields(request: MessageRequest) -> Any:
    """The fields of the query and of the body, which win; UNREADABLE if the body is."""
    query = request.GET.dict()
    if not request.inbound.body.strip():
        return query
    body = request.inbound.decoded
    return {**query, **body} if isinstance(body, dict) else body


def _summary(body: Any) -> str:
    found = body.get("summary") if isinstance(body, dict) else None
    return found.strip() if isinstance(found, str) else ""


def _field(fields: dict[str, Any]) -> str:
    """The key in a query or a form; '' if there is none."""
    found = (fields.get(name) for name in KEY_FIELDS)
    return next((key for key in found if isinstance(key, str) and key), "")


def _authorization(request: MessageRequest) -> str:
    scheme, _, rest = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return rest.strip() if scheme.lower() == "bearer" else ""
    try:
        return base64.b64decode(rest, validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return ""


def _outcome(message_id: int) -> dict[str, Any]:
    """Process the message at once, unless others wait before it."""
    message = engine.process_now(message_id)
    return {
        "AlertID": message.incident_id or 0,
        "ServiceID": str(message.service_id or ""),
        "IsNew": any(one.result == Result.OPENED for one in message.event_results[:1]),
    }


def _rejected(receipt: Receipt) -> HttpResponse:
    if receipt.status == 404:
        return responses.plain(UNAUTHORIZED, 401)
    text = responses.plain(f"{receipt.error}\n", receipt.status)
    return responses.with_headers(text, receipt)


REJECTED = {
    400: answer("The message is invalid.", NO_SUMMARY, TEXT),
    401: answer("No integration has this key.", UNAUTHORIZED, TEXT),
    429: answer("Past the rate limit: see Retry-After.", "More than 60 messages a minute", TEXT),
}


@extend_schema_view(
    post=documented(
        "GoAlert: generic API",
        body={"token": "<integration key>", "summary": "Disk full", "dedup": "db-1/disk"},
        responses={
            200: answer("The outcome.", {"AlertID": 1042, "ServiceID": "7", "IsNew": True}),
            204: answer("The message is stored."),
            **REJECTED,
        },
    )
)
class GenericView(DialectView):
    """``/api/v2/generic/incoming``."""

    dialect = GenericDialect()


@extend_schema_view(
    post=documented(
        "GoAlert: a tool's own message",
        body={"alerts": []},
        responses={200: answer("The message is stored."), **REJECTED},
    )
)
class ToolView(DialectView):
    """``/api/v2/<tool>/incoming``."""

    dialect = GoAlertDialect()


class HyphenatedKeyAuthentication(UrlKeyAuthentication):
    """The key in the URL, with or without hyphens."""

    def keys(self, token: str) -> Iterable[str]:
        return dict.fromkeys((token, token.replace("-", "")))


class HeartbeatView(InboundView):
    """``/api/v2/heartbeat/<id>``: the id is the key, with or without hyphens."""

    route = "goalert"
    authentication_classes = [HyphenatedKeyAuthentication]

    @documented(
        "GoAlert: ping a heartbeat",
        responses={
            200: answer("The ping is recorded."),
            404: answer("No heartbeat has this key.", "404 page not found\n", TEXT),
        },
    )
    def post(self, request: MessageRequest, token: str) -> HttpResponse:
        keys = dict.fromkeys((token, token.replace("-", "")))
        receipt = pinging.record_by_keys(keys, request.inbound)
        if receipt is None:
            return self.unknown_key(request)
        answer = responses.empty() if receipt.is_accepted else _rejected(receipt)
        return responses.identify(answer, receipt)

    def unknown_key(self, request: MessageRequest) -> HttpResponse:
        return responses.plain("404 page not found\n", 404)


urlpatterns = [
    path("api/v2/generic/incoming", GenericView.as_view(), name="goalert"),
    path("api/v2/heartbeat/<str:token>", HeartbeatView.as_view()),
    *(path(f"api/v2/{tool}/incoming", ToolView.as_view()) for tool in TOOLS),
]
