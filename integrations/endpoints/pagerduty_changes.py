"""``/v2/change/enqueue``: change events, as clients of the Events API v2 send them."""

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.urls import path

from integrations.dialects.pagerduty import change_events
from integrations.dialects.pagerduty.events_v2 import UNREADABLE
from integrations.endpoints.views import deliver, invalid, refused, values_of, way_in
from integrations.engine.commands.change_events import CHANGE
from integrations.inbound.endpoint_cache import DOORS
from integrations.inbound.request import arrival_of


@way_in("POST")
def enqueue_change(request: HttpRequest) -> JsonResponse:
    """The key of any integration; its service is the one that was changed."""
    arrival = arrival_of(request, CHANGE, settings.INBOUND_MAX_BYTES)
    body = values_of(arrival)
    if body is UNREADABLE:
        return invalid(["the body is not JSON"])
    routing_key = body.get("routing_key") if isinstance(body, dict) else None
    routing_key = routing_key or request.headers.get("X-Routing-Key", "")
    if not isinstance(routing_key, str) or not routing_key:
        return invalid(["'routing_key' is missing or blank"])
    if DOORS.by_token(routing_key) is None:
        return invalid(["'routing_key' is not known here"], status=401)
    errors = change_events.faults_of(body)
    receipt = deliver(lambda: DOORS.by_token(routing_key), arrival, "; ".join(errors))
    if receipt is not None and receipt.is_accepted:
        return JsonResponse(change_events.ANSWER, status=202)
    return refused(receipt, errors)


urlpatterns = [
    path("v2/change/enqueue", enqueue_change, name="enqueue_change"),
    path("v2/change/enqueue/", enqueue_change),
]
