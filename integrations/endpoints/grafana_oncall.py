"""The addresses of Grafana OnCall: whoever posts to one changes the host name, and nothing else."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path

from integrations.endpoints.responses import beat, hand_over, headed, plain, take
from integrations.endpoints.views import way_in
from integrations.inbound.endpoint_cache import DOORS
from integrations.inbound.receive import Receipt

TYPE = "x-oncall-type"  # Rules may look at it: $header.x-oncall-type
UNKNOWN = "There is no integration with this key."
# One key of OnCall is for alerts and for beats; here each kind of integration has its own.
BEATS = ".heartbeat"


@way_in("POST")
def alert(request: HttpRequest, kind: str, token: str) -> HttpResponse:
    """``/integrations/v1/<type>/<token>/``: read by the integration's rules, not by the type."""
    receipt = hand_over(token, take(request, "oncall").with_header(TYPE, kind[:100]))
    if receipt.is_accepted:
        return JsonResponse("Ok.", safe=False)
    return _refuse(receipt)


@way_in("GET", "POST")
def heartbeat(request: HttpRequest, kind: str, token: str) -> HttpResponse:
    """``/integrations/v1/<type>/<token>/heartbeat/``: a beat, where a heartbeat has the key."""
    arrival = take(request, "oncall").with_header(TYPE, kind[:100])
    for key in (f"{token}{BEATS}", token):
        receipt = beat(request, key, arrival)
        if receipt is not None:
            return JsonResponse(":)", safe=False) if receipt.is_accepted else _refuse(receipt)
    if DOORS.by_token(token) is None:
        return _refuse(Receipt(404))
    return JsonResponse(":)", safe=False)


def _refuse(receipt: Receipt) -> HttpResponse:
    if receipt.status == 429:
        return headed(plain(receipt.error, 429), receipt)
    if receipt.status == 404:
        return JsonResponse({"detail": UNKNOWN}, status=403)
    return headed(JsonResponse({"detail": receipt.error}, status=receipt.status), receipt)


urlpatterns = [
    path("integrations/v1/<str:kind>/<str:token>/", alert, name="oncall"),
    path("integrations/v1/<str:kind>/<str:token>", alert),
    path("integrations/v1/<str:kind>/<str:token>/heartbeat/", heartbeat, name="oncall_heartbeat"),
    path("integrations/v1/<str:kind>/<str:token>/heartbeat", heartbeat),
]
