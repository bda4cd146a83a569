"""The REST endpoint of VictorOps, now Splunk On-Call.

https://help.victorops.com/knowledge-base/rest-endpoint-integration-guide/
"""

import secrets
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.urls import path
from drf_spectacular.utils import extend_schema_view

from integrations.decoding.decode import UNREADABLE
from integrations.endpoints import responses
from integrations.endpoints.dialect import Dialect, DialectView, Submission
from integrations.endpoints.request import MessageRequest
from integrations.endpoints.routing import routes
from integrations.endpoints.schema import answer, documented
from integrations.engine.opening import MADE_KEY
from integrations.inbound.receive import Receipt

ROUTE_HEADER = "x-victorops-route"  # The routing key: a name, and no secret.
MAX_ROUTE_CHARS = 255


class VictorOpsDialect(Dialect):
    """Senders look at ``result``: an invalid message is answered with 200."""

    route = "victorops"
    replaced_statuses = {400: 200}

    def validate(self, request: MessageRequest) -> Submission:
        """``details`` is the entity id; a message without one gets one."""
        routing_key = request.parser_context["kwargs"].get("routing_key", "")
        inbound = request.inbound.with_header(ROUTE_HEADER, routing_key[:MAX_ROUTE_CHARS])
        body = inbound.decoded
        entity = _entity(body)
        if not entity:
            entity = secrets.token_hex(16)
            inbound = inbound.with_header(MADE_KEY, entity)
        fault = _fault(body)
        return Submission(inbound, [fault] if fault else [], entity)

    def accepted(self, submission: Submission, receipt: Receipt) -> HttpResponse:
        return JsonResponse({"result": "success", "entity_id": submission.details})

    def rejected(self, submission: Submission, receipt: Receipt) -> HttpResponse:
        status = self.replaced_statuses.get(receipt.status, receipt.status)
        body = {"result": "failure", "message": receipt.error}
        return responses.with_headers(JsonResponse(body, status=status), receipt)


def _entity(body: Any) -> str:
    entity = body.get("entity_id") if isinstance(body, dict) else None
    return entity if isinstance(entity, str) else str(entity or "")


def _fault(body: Any) -> str:
    if body is UNREADABLE:
        return ""  # ``receive.store`` says what is wrong.
    if not isinstance(body, dict):
        return "the body must be a JSON object"
    kind = body.get("message_type")
    return "" if isinstance(kind, str) and kind.strip() else "'message_type' is missing or blank"


FAILURE = {"result": "failure", "message": "'message_type' is missing or blank"}


@extend_schema_view(
    post=documented(
        "VictorOps: an alert",
        body={"message_type": "CRITICAL", "entity_id": "db-1/disk", "state_message": "Disk full"},
        responses={
            200: answer("The message is stored.", {"result": "success", "entity_id": "db-1/disk"}),
            404: answer("No integration has this key.", FAILURE),
            429: answer("Past the rate limit: see Retry-After.", FAILURE),
        },
    )
)
class VictorOpsView(DialectView):
    """``/integrations/generic/20131114/alert/<key>/<routing key>``."""

    dialect = VictorOpsDialect()


_BASE = "integrations/generic/20131114/alert/<str:token>"
urlpatterns = [
    path(f"{_BASE}/<path:routing_key>", VictorOpsView.as_view(), name="victorops"),
    *routes(_BASE, VictorOpsView),
]
