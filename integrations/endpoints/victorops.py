"""The REST endpoint of VictorOps, now Splunk On-Call."""

import secrets
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path

from integrations.dialects.pagerduty.events_v2 import UNREADABLE
from integrations.endpoints.responses import hand_over, headed, take
from integrations.endpoints.views import values_of, way_in
from integrations.engine.pipeline import MADE_KEY
from integrations.inbound.receive import Receipt

ROUTE = "x-victorops-route"  # The routing key: a name, and no secret.
SENT_AS = {400: 200}  # What is wrong with a message: senders look at ``result``.


@way_in("POST")
def alert(request: HttpRequest, token: str, routing_key: str = "") -> HttpResponse:
    """``/integrations/generic/20131114/alert/<key>/<routing key>``: the key is the token."""
    arrival = take(request, "victorops").with_header(ROUTE, routing_key[:255])
    body = values_of(arrival)
    entity = _entity(body)
    if not entity:
        entity = secrets.token_hex(16)
        arrival = arrival.with_header(MADE_KEY, entity)
    receipt = hand_over(token, arrival, error=_fault(body), sent_as=SENT_AS)
    if receipt.is_accepted:
        return JsonResponse({"result": "success", "entity_id": entity})
    return _refuse(receipt)


def _entity(body: Any) -> str:
    entity = body.get("entity_id") if isinstance(body, dict) else None
    return entity if isinstance(entity, str) else str(entity or "")


def _fault(body: Any) -> str:
    if body is UNREADABLE:
        return ""  # Said by whoever reads it.
    if not isinstance(body, dict):
        return "the body must be a JSON object"
    said = body.get("message_type")
    return "" if isinstance(said, str) and said.strip() else "'message_type' is missing or blank"


def _refuse(receipt: Receipt) -> HttpResponse:
    """In the words of that API, and with its status."""
    status = SENT_AS.get(receipt.status, receipt.status)
    words = {"result": "failure", "message": receipt.error}
    return headed(JsonResponse(words, status=status), receipt)


_BASE = "integrations/generic/20131114/alert/<str:token>"
urlpatterns = [
    path(f"{_BASE}/<path:routing_key>", alert, name="victorops"),
    path(f"{_BASE}/", alert),
    path(_BASE, alert),
]
