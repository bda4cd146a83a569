"""The integration keys of GoAlert."""

import base64
import binascii
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path

from integrations.dialects.pagerduty.events_v2 import UNREADABLE
from integrations.endpoints.responses import beat, empty, hand_over, headed, plain, take
from integrations.endpoints.views import values_of, way_in
from integrations.engine import engine
from integrations.inbound.receive import Receipt
from integrations.inbound.request import Arrival

# Where a key may stand, in the query as in a form; the first is today's name.
NAMES = ("token", "integrationKey", "integration_key", "key")
UNAUTHORIZED = "Unauthorized\n"
NO_SUMMARY = "'summary' is missing or blank"


@way_in("POST")
def generic(request: HttpRequest) -> HttpResponse:
    """``/api/v2/generic/incoming``: summary, details, action=close, dedup, in any form."""
    arrival = take(request, "goalert")
    body = _with_query(request, arrival)
    fault = "" if body is UNREADABLE or _summary(body) else NO_SUMMARY
    receipt = hand_over(_token(request, body), arrival, error=fault, status=204)
    if not receipt.is_accepted or receipt.message_id is None:
        return _refuse(receipt)
    if request.headers.get("Accept") == "application/json":
        return JsonResponse(_outcome(receipt.message_id))
    return empty(204)


@way_in("POST")
def vendor(request: HttpRequest, tool: str) -> HttpResponse:
    """``/api/v2/<tool>/incoming``: the tool's own message, read by the integration's rules."""
    arrival = take(request, "goalert")
    receipt = hand_over(_token(request, None), arrival)
    return empty() if receipt.is_accepted else _refuse(receipt)


@way_in("POST")
def heartbeat(request: HttpRequest, code: str) -> HttpResponse:
    """``/api/v2/heartbeat/<id>``: the id is the key, in either way of writing it."""
    arrival = take(request, "goalert")
    for key in dict.fromkeys((code, code.replace("-", ""))):
        receipt = beat(request, key, arrival)
        if receipt is not None:
            return empty() if receipt.is_accepted else _refuse(receipt)
    return plain("404 page not found\n", 404)


def _with_query(request: HttpRequest, arrival: Arrival) -> Any:
    """The fields wherever they are: those of the body win."""
    query = request.GET.dict()
    if not arrival.body.strip():
        return query
    body = values_of(arrival)
    return {**query, **body} if isinstance(body, dict) else body


def _summary(body: Any) -> str:
    found = body.get("summary") if isinstance(body, dict) else None
    return found.strip() if isinstance(found, str) else ""


def _token(request: HttpRequest, body: Any) -> str:
    """From the query, a form, or the header ``Authorization``: the bearer, or Basic's password."""
    fields = {**(body if isinstance(body, dict) else {}), **request.GET.dict()}
    for name in NAMES:
        if isinstance(found := fields.get(name), str) and found:
            return found
    scheme, _, rest = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return rest.strip() if scheme.lower() == "bearer" else ""
    try:
        return base64.b64decode(rest, validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return ""


def _outcome(message_id: int) -> dict[str, Any]:
    """What became of it; it is worked off at once where nothing waits before it."""
    message = engine.work_now(message_id)
    outcome = message.results[0] if message.results else {}
    return {
        "AlertID": message.incident_id or 0,
        "ServiceID": str(message.service_id or ""),
        "IsNew": outcome.get("result") == "opened",
    }


def _refuse(receipt: Receipt) -> HttpResponse:
    if receipt.status == 404:
        return plain(UNAUTHORIZED, 401)
    return headed(plain(f"{receipt.error}\n", receipt.status), receipt)


urlpatterns = [
    path("api/v2/generic/incoming", generic, name="goalert"),
    path("api/v2/heartbeat/<str:code>", heartbeat),
    *(
        path(f"api/v2/{tool}/incoming", vendor, {"tool": tool})
        for tool in ("prometheusalertmanager", "grafana", "site24x7")
    ),
]
