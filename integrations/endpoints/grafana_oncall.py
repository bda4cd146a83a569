"""The URLs of Grafana OnCall: whoever posts there changes the host name, and nothing else.

https://grafana.com/docs/oncall/latest/configure/integrations/references/webhook/
"""

from collections.abc import Iterable

from django.http import HttpResponse, JsonResponse
from drf_spectacular.utils import extend_schema_view

from integrations.endpoints import pinging, responses
from integrations.endpoints.authentication import UrlKeyAuthentication
from integrations.endpoints.dialect import Dialect, DialectView, Submission
from integrations.endpoints.request import MessageRequest
from integrations.endpoints.routing import routes
from integrations.endpoints.schema import TEXT, answer, documented
from integrations.endpoints.view import InboundView
from integrations.inbound.receive import Receipt

TYPE_HEADER = "x-oncall-type"  # Rules may read it: $header.x-oncall-type
UNKNOWN = "There is no integration with this key."
# One key of OnCall is for alerts and for heartbeats; here each has an integration of its own.
HEARTBEAT_SUFFIX = ".heartbeat"
MAX_TYPE_CHARS = 100


class OnCallDialect(Dialect):
    """Read by the rules of the integration, not by the type in the URL, which is a header."""

    route = "oncall"

    def validate(self, request: MessageRequest) -> Submission:
        kind = request.parser_context["kwargs"]["kind"][:MAX_TYPE_CHARS]
        return Submission(request.inbound.with_header(TYPE_HEADER, kind))

    def accepted(self, submission: Submission, receipt: Receipt) -> HttpResponse:
        return JsonResponse("Ok.", safe=False)

    def rejected(self, submission: Submission, receipt: Receipt) -> HttpResponse:
        return _rejected(receipt)


def _rejected(receipt: Receipt) -> HttpResponse:
    if receipt.status == 429:
        return responses.with_headers(responses.plain(receipt.error, 429), receipt)
    if receipt.status == 404:
        return JsonResponse({"detail": UNKNOWN}, status=403)
    body = JsonResponse({"detail": receipt.error}, status=receipt.status)
    return responses.with_headers(body, receipt)


REJECTED = {
    403: answer("No integration has this key.", {"detail": UNKNOWN}),
    429: answer("Past the rate limit: see Retry-After.", "More than 60 messages a minute", TEXT),
}
PING_RESPONSES = {200: answer("The ping is recorded.", ":)"), **REJECTED}


@extend_schema_view(
    post=documented(
        "Grafana OnCall: an alert",
        body={"alert_uid": "db-1/disk", "title": "Disk full", "state": "alerting"},
        responses={200: answer("The message is stored.", "Ok."), **REJECTED},
    )
)
class OnCallView(DialectView):
    """``/integrations/v1/<type>/<key>/``."""

    dialect = OnCallDialect()


def _keys(token: str) -> tuple[str, str]:
    return f"{token}{HEARTBEAT_SUFFIX}", token


class HeartbeatKeyAuthentication(UrlKeyAuthentication):
    """The key in the URL: that of a heartbeat beside the integration, or the integration's own."""

    def keys(self, token: str) -> Iterable[str]:
        return _keys(token)


@extend_schema_view(
    get=documented("Grafana OnCall: ping a heartbeat", responses=PING_RESPONSES),
    post=documented("Grafana OnCall: ping a heartbeat", responses=PING_RESPONSES),
)
class HeartbeatView(InboundView):
    """``/integrations/v1/<type>/<key>/heartbeat/``: a ping, if a heartbeat has the key."""

    methods = ("GET", "POST")
    route = "oncall"
    authentication_classes = [HeartbeatKeyAuthentication]

    def get(self, request: MessageRequest, kind: str, token: str) -> HttpResponse:
        inbound = request.inbound.with_header(TYPE_HEADER, kind[:MAX_TYPE_CHARS])
        receipt = pinging.record_by_keys(_keys(token), inbound)
        if receipt is None:
            return JsonResponse(":)", safe=False)
        answer = JsonResponse(":)", safe=False) if receipt.is_accepted else _rejected(receipt)
        return responses.identify(answer, receipt)

    post = get

    def unknown_key(self, request: MessageRequest) -> HttpResponse:
        return _rejected(Receipt(404))


_BASE = "integrations/v1/<str:kind>/<str:token>"
urlpatterns = [
    *routes(f"{_BASE}/", OnCallView, name="oncall"),
    *routes(f"{_BASE}/heartbeat/", HeartbeatView, name="oncall_heartbeat"),
]
