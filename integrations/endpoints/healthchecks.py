"""The ping URLs of Healthchecks, so that every cron wrapper in use pings without a change.

https://healthchecks.io/docs/http_api/
"""

import uuid
from dataclasses import replace
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.cache import add_never_cache_headers
from drf_spectacular.utils import extend_schema_view

from integrations.endpoints import pinging, responses
from integrations.endpoints.authentication import InboundAuthentication
from integrations.endpoints.request import Credential, MessageRequest
from integrations.endpoints.routing import routes
from integrations.endpoints.schema import TEXT, answer, documented, same_as
from integrations.endpoints.view import InboundView
from integrations.heartbeats import pings
from integrations.heartbeats.state import Kind, Ping
from integrations.inbound.endpoint_cache import EndpointConfig, endpoint_cache
from integrations.inbound.receive import Receipt
from integrations.inbound.request import InboundRequest, read_tail
from integrations.inbound.retry import retry_stale

BODY_LIMIT_BYTES = 10_000  # The end of a body is stored: a job says there what went wrong.
KINDS = {"": Kind.SUCCESS, "start": Kind.START, "fail": Kind.FAIL, "log": Kind.LOG}
MAX_EXIT_CODE = 255
RESPONSES = {
    200: answer("The ping is recorded.", "OK", TEXT),
    400: answer("The run id or the exit code is none.", "invalid url format", TEXT),
    404: answer("No heartbeat has this key.", "not found", TEXT),
}


class PingKeyAuthentication(InboundAuthentication):
    """The key in the URL, as 32 hexadecimal digits or as a UUID."""

    def credential(self, request: MessageRequest) -> Credential:
        code = request.parser_context["kwargs"]["code"]
        return Credential(partial(_heartbeat, code))


@extend_schema_view(
    get=documented("Ping a heartbeat", responses=RESPONSES),
    post=documented("Ping a heartbeat, with output", body="Backup: 12 GB", responses=RESPONSES),
)
class PingView(InboundView):
    """``/ping/<key>``, and ``/start``, ``/fail``, ``/log`` or an exit code (0 to 255) behind it.

    ``?rid=<UUID>`` pairs the start and the end of a run.
    """

    methods = ("HEAD", "GET", "POST")
    route = "heartbeat"
    authentication_classes = [PingKeyAuthentication]

    def read(self, request: HttpRequest) -> InboundRequest:
        """No ping is refused because its output is long."""
        return read_tail(request, self.route, BODY_LIMIT_BYTES)

    def get(self, request: MessageRequest, code: str, what: str = "") -> HttpResponse:
        ping = _ping(what.removesuffix("/"))
        if ping is None:
            return _plain(400, "invalid url format")
        run_id = request.GET.get("rid", "")
        if run_id and not (run_id := _uuid(run_id)):
            return _plain(400, "invalid uuid format")
        inbound = request.inbound
        ping = replace(ping, run_id=run_id, counts=pinging.ping_of(inbound).counts)
        receipt = retry_stale(lambda: _record(request, ping))
        if receipt is None:
            return self.unknown_key(request)
        text = "OK" if receipt.is_accepted else receipt.error
        answer = responses.identify(_plain(receipt.status, text), receipt)
        return responses.with_headers(answer, receipt)

    head, post = same_as(get), same_as(get)

    def unknown_key(self, request: MessageRequest) -> HttpResponse:
        return _plain(404, "not found")

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Pings by GET must reach the portal: no response is cached."""
        add_never_cache_headers(response)
        return super().finalize_response(request, response, *args, **kwargs)


def _record(request: MessageRequest, ping: Ping) -> Receipt | None:
    config = request.credential.resolve()
    return pings.record_ping(config, ping, request.inbound) if config else None


def _ping(what: str) -> Ping | None:
    """The ping that the end of the URL asks for; None if it is none of those."""
    if what in KINDS:
        return Ping(KINDS[what])
    is_code = what.isascii() and what.isdecimal() and len(what) < 4
    return Ping.of_exit_code(int(what)) if is_code and int(what) <= MAX_EXIT_CODE else None


def _heartbeat(code: str) -> EndpointConfig | None:
    written = _uuid(code)
    tokens = dict.fromkeys([written.replace("-", ""), written] if written else [])
    configs = (endpoint_cache.by_token(token) for token in tokens)
    return next((config for config in configs if pinging.is_heartbeat(config)), None)


def _uuid(text: str) -> str:
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return ""


def _plain(status: int, text: str) -> HttpResponse:
    response = responses.plain(text, status)
    response["Access-Control-Allow-Origin"] = "*"
    response["Ping-Body-Limit"] = str(BODY_LIMIT_BYTES)
    return response


urlpatterns = [
    *routes("ping/<str:code>", PingView, name="ping"),
    path("ping/<str:code>/<path:what>", PingView.as_view()),
]
