"""``/api/events``: trigger, acknowledge, resolve; the answer carries the outcome."""

from typing import Any

from django.conf import settings
from django.http import HttpResponse, JsonResponse
from drf_spectacular.utils import extend_schema_view

from integrations.dialects.pagerduty.events_v2 import read_event
from integrations.endpoints import responses
from integrations.endpoints.api_keys import EventsAuthentication
from integrations.endpoints.dialect import Dialect, DialectView, Submission
from integrations.endpoints.request import MessageRequest
from integrations.endpoints.routing import routes
from integrations.endpoints.schema import answer, documented, errors
from integrations.engine import engine
from integrations.inbound.receive import Receipt
from integrations.models import EventResult, InboundMessage, Result

INVALID = {"status": "invalid event", "message": "Event object is invalid"}
# What the answer calls each result.
ACTIONS = dict.fromkeys(Result, "ignored") | {
    Result.OPENED: "triggered",
    Result.DELAYED: "triggered",
    Result.SUPPRESSED: "triggered",
    Result.APPENDED: "deduplicated",
    Result.RETRY: "deduplicated",
    Result.CLOSED: "resolved",
    Result.ACKNOWLEDGED: "acknowledged",
    Result.UPDATED: "updated",
}


class EventsDialect(Dialect):
    """The Events API v2 with a dedup key always, and a severity at will."""

    route = "events"
    accepted_status = 202

    def unknown_key(self, request: MessageRequest) -> HttpResponse:
        """The integration was deleted while the event was on its way."""
        return responses.error(404, "unknown_integration", responses.NOT_FOUND)

    def validate(self, request: MessageRequest) -> Submission:
        """The errors of the event, by field."""
        body = request.inbound.decoded
        event = read_event(body, needs_dedup_key=True, needs_severity=False)
        return Submission(request.inbound, event.errors)

    def accepted(self, submission: Submission, receipt: Receipt) -> HttpResponse:
        """Process the event, and answer with its outcome."""
        if receipt.message_id is None:
            return responses.rejection(receipt)
        message = engine.process_now(receipt.message_id)
        return JsonResponse({"status": "success", "result": _result(message)}, status=202)

    def rejected(self, submission: Submission, receipt: Receipt) -> HttpResponse:
        """400 lists the errors, everything else is in the portal's own form."""
        if receipt.status != 400:
            return responses.rejection(receipt)
        found = submission.errors or [receipt.error]
        return JsonResponse({**INVALID, "errors": list(found)}, status=400)


def _result(message: InboundMessage) -> dict[str, Any]:
    first = next(iter(message.event_results), EventResult(Result.IGNORED))
    result: dict[str, Any] = {"action": ACTIONS[first.result]}
    if message.status == InboundMessage.Status.PENDING:
        result = {"action": "pending"}
    if message.incident:
        result["incident"] = {
            "id": str(message.incident.pk),
            "status": message.incident.status,
            "url": f"{settings.SITE_URL}{message.incident.get_absolute_url()}",
        }
    if reason := first.reason or message.reason:
        result["reason"] = reason
    return result


EVENT = {
    "event_action": "trigger",
    "dedup_key": "db-1/disk",
    "payload": {"summary": "Disk full", "source": "db-1", "severity": "critical"},
}
INCIDENT = {"id": "1042", "status": "triggered", "url": "https://portal.example/incidents/1042/"}


@extend_schema_view(
    post=documented(
        "Send an event, and learn what came of it",
        body=EVENT,
        responses={
            202: answer(
                "The event is processed.",
                {"status": "success", "result": {"action": "triggered", "incident": INCIDENT}},
            ),
            **errors(),
            400: answer("The event is invalid.", {**INVALID, "errors": ["'dedup_key' is missing"]}),
        },
    )
)
class EventsView(DialectView):
    """Events of scripts, by an integration key or an API key."""

    authentication_classes = [EventsAuthentication]
    dialect = EventsDialect()


urlpatterns = routes("api/events", EventsView, name="events")
