"""The paths of Healthchecks, so that every cron wrapper in use beats without a change."""

import uuid
from dataclasses import replace

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.cache import never_cache

from integrations.endpoints.responses import headed
from integrations.endpoints.views import hang_up_if_dead, is_heartbeat, refusal, way_in
from integrations.heartbeats import pings
from integrations.heartbeats.state import Kind, Signal, is_browser
from integrations.inbound import receive
from integrations.inbound.endpoint_cache import DOORS, Door
from integrations.inbound.request import Arrival, describe

BODY_LIMIT_BYTES = 10_000  # What is kept of a body: its end, where a job says what went wrong.
KINDS = {"": Kind.SUCCESS, "start": Kind.START, "fail": Kind.FAIL, "log": Kind.LOG}
UNKNOWN = 256
CHUNK = 65_536


@never_cache
@way_in("HEAD", "GET", "POST")
def ping(request: HttpRequest, code: str, what: str = "") -> HttpResponse:
    """``/ping/<uuid>``, and ``/start``, ``/fail``, ``/log`` or an exit code behind it."""
    what = what.removesuffix("/")
    exit_code = int(what) if what.isascii() and what.isdecimal() and len(what) < 4 else UNKNOWN
    if what not in KINDS and exit_code >= UNKNOWN:
        return _plain(400, "invalid url format")
    run_id = request.GET.get("rid", "")
    if run_id and not (run_id := _uuid(run_id)):
        return _plain(400, "invalid uuid format")
    arrival = _arrival(request)
    signal = Signal(KINDS[what]) if what in KINDS else Signal.of_exit_code(exit_code)
    counts = not is_browser(str(request.method), arrival.headers)
    return _beat(code, replace(signal, run_id=run_id, counts=counts), arrival)


def _beat(code: str, signal: Signal, arrival: Arrival) -> HttpResponse:
    for _ in range(3):
        try:
            door = _door(code)
            receipt = pings.beat(door, signal, arrival) if door else None
        except receive.Changed:
            continue
        except (OperationalError, InterfaceError) as failure:
            hang_up_if_dead(failure)
            continue
        if receipt is None:
            return _plain(404, "not found")
        text = "OK" if receipt.is_accepted else receipt.error
        return headed(_plain(receipt.status, text), receipt)
    return refusal(503, "unavailable", "The heartbeat is being changed. Please send it again.")


def _door(code: str) -> Door | None:
    """By the token in any way of writing it: 32 digits, or a UUID."""
    written = _uuid(code)
    ways = dict.fromkeys([written.replace("-", ""), written] if written else [])
    doors = (DOORS.by_token(token) for token in ways)
    return next((door for door in doors if is_heartbeat(door)), None)


def _uuid(text: str) -> str:
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return ""


def _arrival(request: HttpRequest) -> Arrival:
    """The request with the end of its body: no beat is refused because its output is long."""
    body, left = b"", settings.INBOUND_MAX_BYTES
    while left > 0 and (chunk := request.read(min(left, CHUNK))):
        left -= len(chunk)
        body = (body + chunk)[-BODY_LIMIT_BYTES:]
    return describe(request, "heartbeat", body, body)


def _plain(status: int, text: str) -> HttpResponse:
    response = HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
    response["Access-Control-Allow-Origin"] = "*"
    response["Ping-Body-Limit"] = str(BODY_LIMIT_BYTES)
    return response


urlpatterns = [
    path("ping/<str:code>", ping, name="ping"),
    path("ping/<str:code>/", ping),
    path("ping/<str:code>/<path:what>", ping),
]
