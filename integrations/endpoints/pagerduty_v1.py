"""``/generic/2010-04-15/create_event.json``: the Events API v1."""

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.urls import path

from integrations.dialects.pagerduty import events_v1
from integrations.dialects.pagerduty.events_v2 import UNREADABLE
from integrations.endpoints.views import deliver, invalid, refusal, values_of, way_in
from integrations.engine.pipeline import MADE_KEY
from integrations.inbound.endpoint_cache import DOORS
from integrations.inbound.request import arrival_of

SENT_AS = {429: 403}


@way_in("POST")
def create_event(request: HttpRequest) -> JsonResponse:
    """Trigger, acknowledge, resolve; 200 when it is stored, 403 for too many."""
    arrival = arrival_of(request, events_v1.ROUTE, settings.INBOUND_MAX_BYTES)
    body = values_of(arrival)
    if body is UNREADABLE:
        return invalid(["the body is not JSON"])
    key = body.get("service_key") if isinstance(body, dict) else None
    if not isinstance(key, str) or not key or DOORS.by_token(key) is None:
        return invalid(["Service key is missing or not known here"])
    event = events_v1.read_event(body)
    if event.made_key:
        arrival = arrival.with_header(MADE_KEY, event.dedup_key)
    errors = "; ".join(event.errors)
    receipt = deliver(lambda: DOORS.by_token(key), arrival, errors, 200, SENT_AS)
    if receipt is None:
        return refusal(503, "unavailable", "Nothing was kept. Please send it again.")
    if receipt.is_accepted:
        return JsonResponse(events_v1.answer_of(event), status=200)
    if receipt.status == 429:
        words = {"status": "throttle exceeded", "message": receipt.error}
        response = JsonResponse({**words, "errors": [receipt.error]}, status=SENT_AS[429])
        response["Retry-After"] = str(receipt.retry_after)
        return response
    return invalid(event.errors or [receipt.error], status=receipt.status)


urlpatterns = [
    path("generic/2010-04-15/create_event.json", create_event, name="create_event"),
    path("generic/2010-04-15/create_event.json/", create_event),
]
