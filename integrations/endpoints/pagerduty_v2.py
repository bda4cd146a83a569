"""``/v2/enqueue`` and ``/v2/change/enqueue``: the Events API v2, as its clients speak it.

https://developer.pagerduty.com/docs/send-alert-event
"""

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse, JsonResponse
from drf_spectacular.utils import extend_schema_view

from integrations.dialects.pagerduty import change_events, events_v2
from integrations.endpoints import responses
from integrations.endpoints.dialect import Dialect, DialectView, Submission
from integrations.endpoints.request import MessageRequest
from integrations.endpoints.routing import routes
from integrations.endpoints.schema import answer, documented, errors
from integrations.engine.commands.change_events import CHANGE
from integrations.engine.opening import MADE_KEY
from integrations.inbound.receive import Receipt

NO_KEY = "'routing_key' is missing or blank"


def invalid(found: Sequence[str], status: int = 400) -> JsonResponse:
    """The body of an error that clients of the Events API look for."""
    body = {"status": "invalid event", "message": "Event object is invalid", "errors": list(found)}
    return JsonResponse(body, status=status)


def throttled(receipt: Receipt, status: int = 429) -> JsonResponse:
    """Too many events; Retry-After is in seconds."""
    body = {
        "status": "throttle exceeded",
        "message": receipt.error,
        "errors": [receipt.error],
    }
    response = JsonResponse(body, status=status)
    response["Retry-After"] = str(receipt.retry_after)
    return response


class EventsV2Dialect(Dialect):
    """Alert events: the key is ``routing_key`` of the body, or ``X-Routing-Key``."""

    route = "enqueue"
    accepted_status = 202
    key_fields = ("routing_key",)

    def outer_key(self, request: MessageRequest) -> str:
        return request.headers.get("X-Routing-Key", "")

    def key(self, request: MessageRequest) -> str:
        """That of the body, which goes before the header."""
        body = request.inbound.decoded
        found: Any = body.get("routing_key") if isinstance(body, dict) else None
        found = found or self.outer_key(request)
        return found if isinstance(found, str) else ""

    def unknown_key(self, request: MessageRequest) -> HttpResponse:
        """400 without a key, 401 for an unknown one."""
        if not self.shown_keys(request):
            return invalid([NO_KEY])
        return invalid(["'routing_key' is not known here"], 401)

    def validate(self, request: MessageRequest) -> Submission:
        """``details`` is the event; a trigger without a dedup key gets one."""
        event = events_v2.read_event(
            request.inbound.decoded, needs_dedup_key=False, needs_severity=True
        )
        return with_made_key(request, event)

    def accepted(self, submission: Submission, receipt: Receipt) -> HttpResponse:
        return JsonResponse(events_v2.answer_of(submission.details), status=202)

    def rejected(self, submission: Submission, receipt: Receipt) -> HttpResponse:
        """400 and 429 in the API's form, all others in the portal's own."""
        if receipt.status == 400:
            return invalid(submission.errors or [receipt.error])
        return throttled(receipt) if receipt.status == 429 else responses.rejection(receipt)


def with_made_key(request: MessageRequest, event: events_v2.ReadEvent) -> Submission:
    """The submission of an event; a key that was made for it is stored with the message."""
    inbound = request.inbound
    if event.made_key:
        inbound = inbound.with_header(MADE_KEY, event.dedup_key)
    return Submission(inbound, event.errors, event)


class ChangesDialect(EventsV2Dialect):
    """Change events: the key of any integration; its service is the one that was changed."""

    route = CHANGE

    def validate(self, request: MessageRequest) -> Submission:
        return Submission(request.inbound, change_events.faults_of(request.inbound.decoded))

    def accepted(self, submission: Submission, receipt: Receipt) -> HttpResponse:
        return JsonResponse(change_events.ANSWER, status=202)


INVALID = answer(
    "The event is invalid, or names no key.",
    {"status": "invalid event", "message": "Event object is invalid", "errors": [NO_KEY]},
)
REJECTIONS = {**errors(401, 403, 413, 429, 503), 400: INVALID}
EVENT = {
    "routing_key": "<integration key>",
    "event_action": "trigger",
    "dedup_key": "db-1/disk",
    "payload": {"summary": "Disk full", "source": "db-1", "severity": "critical"},
}
ENQUEUED = {"status": "success", "message": "Event processed", "dedup_key": "db-1/disk"}
CHANGED = {"routing_key": "<integration key>", "payload": {"summary": "Deployed 1.2"}}


@extend_schema_view(
    post=documented(
        "Events API v2: an alert event",
        body=EVENT,
        responses={202: answer("The event is stored.", ENQUEUED), **REJECTIONS},
    )
)
class EnqueueView(DialectView):
    """Trigger, acknowledge or resolve."""

    dialect = EventsV2Dialect()


@extend_schema_view(
    post=documented(
        "Events API v2: a change event",
        body=CHANGED,
        responses={202: answer("The change is stored.", change_events.ANSWER), **REJECTIONS},
    )
)
class EnqueueChangeView(DialectView):
    """A deployment or another change of a service; it pages nobody."""

    dialect = ChangesDialect()


urlpatterns = [
    *routes("v2/enqueue", EnqueueView, name="enqueue"),
    *routes("v2/change/enqueue", EnqueueChangeView, name="enqueue_change"),
]
