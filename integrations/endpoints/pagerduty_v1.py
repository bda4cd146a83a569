"""``/generic/2010-04-15/create_event.json``: the Events API v1.

https://developer.pagerduty.com/docs/events-api-v1-overview
"""

from django.http import HttpResponse, JsonResponse
from drf_spectacular.utils import extend_schema_view

from integrations.dialects.pagerduty import events_v1
from integrations.endpoints.dialect import Dialect, DialectView, Submission
from integrations.endpoints.pagerduty_v2 import (
    INVALID,
    invalid,
    throttled,
    with_made_key,
)
from integrations.endpoints.request import MessageRequest
from integrations.endpoints.routing import routes
from integrations.endpoints.schema import answer, documented
from integrations.inbound.receive import Receipt


class EventsV1Dialect(Dialect):
    """The key is ``service_key`` of the body; 403 stands for too many events."""

    route = events_v1.ROUTE
    replaced_statuses = {429: 403}
    key_fields = ("service_key",)

    def outer_key(self, request: MessageRequest) -> str:
        return ""

    def key(self, request: MessageRequest) -> str:
        body = request.inbound.decoded
        found = body.get("service_key") if isinstance(body, dict) else None
        return found if isinstance(found, str) else ""

    def unknown_key(self, request: MessageRequest) -> HttpResponse:
        return invalid(["Service key is missing or not known here"])

    def validate(self, request: MessageRequest) -> Submission:
        """``details`` is the event; a trigger without an incident key gets one."""
        return with_made_key(request, events_v1.read_event(request.inbound.decoded))

    def accepted(self, submission: Submission, receipt: Receipt) -> HttpResponse:
        return JsonResponse(events_v1.answer_of(submission.details), status=200)

    def rejected(self, submission: Submission, receipt: Receipt) -> HttpResponse:
        if receipt.status == 429:
            return throttled(receipt, self.replaced_statuses[429])
        return invalid(submission.errors or [receipt.error], receipt.status)


EVENT = {
    "service_key": "<integration key>",
    "event_type": "trigger",
    "incident_key": "db-1/disk",
    "description": "Disk full",
}
PROCESSED = {"status": "success", "message": "Event processed", "incident_key": "db-1/disk"}
THROTTLED = {
    "status": "throttle exceeded",
    "message": "More than 60 messages a minute; it is kept and worked off later.",
    "errors": ["More than 60 messages a minute; it is kept and worked off later."],
}


@extend_schema_view(
    post=documented(
        "Events API v1: an alert event",
        body=EVENT,
        responses={
            200: answer("The event is stored.", PROCESSED),
            400: INVALID,
            403: answer("Past the rate limit, or the sender may not send here.", THROTTLED),
        },
    )
)
class CreateEventView(DialectView):
    """Trigger, acknowledge or resolve, as clients of version 1 send it."""

    dialect = EventsV1Dialect()


urlpatterns = routes("generic/2010-04-15/create_event.json", CreateEventView, name="create_event")
