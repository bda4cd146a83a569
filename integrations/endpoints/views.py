"""The routes by which messages come in. Each finds its integration; all end in ``receive``."""

import functools
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from integrations.catalog import find, responses
from integrations.decoding import decode
from integrations.dialects.pagerduty.events_v2 import UNREADABLE, answer_of, read_event
from integrations.endpoints.api_keys import door_of_key, key_of
from integrations.engine import engine
from integrations.engine.reader import MADE_KEY
from integrations.errors import UnreadableBody
from integrations.heartbeats import pings
from integrations.heartbeats.schedule import TEMPLATE as HEARTBEAT
from integrations.heartbeats.state import Signal, is_browser
from integrations.inbound import handshake, receive
from integrations.inbound.access import CHALLENGE
from integrations.inbound.endpoint_cache import DOORS, Door
from integrations.inbound.request import Arrival, BadEncoding, TooLarge, arrival_of
from integrations.models import InboundMessage

RETRY_S = "5"
POSTS = ("POST", "PUT")
BEAT = Signal()


def way_in(*methods: str):
    """A route of machines: no CSRF, no cookies, bounded bodies, and 503 where nothing was kept."""

    def wrap(view):
        @csrf_exempt
        @require_http_methods(list(methods))
        @functools.wraps(view)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> JsonResponse:
            # To ask before each message whether the connection lives would cost a third of the
            # rate; one that is dead is noticed, and replaced, when it is used.
            connection.health_check_done = True  # type: ignore[attr-defined]
            try:
                return view(request, *args, **kwargs)
            except TooLarge:
                most = settings.INBOUND_MAX_BYTES
                return refusal(413, "too_large", f"A body may have {most} bytes at most.")
            except BadEncoding as error:
                return refusal(400, "bad_encoding", str(error))
            except (DatabaseError, InterfaceError):
                response = refusal(503, "unavailable", "Nothing was kept. Please send it again.")
                response["Retry-After"] = RETRY_S
                return response

        return answer

    return wrap


def refusal(status: int, code: str, detail: str, **more: Any) -> JsonResponse:
    """A refusal in the one shape of the portal: a stable code and a sentence."""
    return JsonResponse({"code": code, "detail": detail, **more}, status=status)


NO_SUCH = "There is no integration at this URL."


@way_in("POST", "PUT", "GET", "HEAD", "OPTIONS")
def post_alert(request, token, name=""):
    """``/POSTAlert/<token>/<name>``: every template. The token is the secret.

    GET and HEAD are for heartbeats, and with OPTIONS for tools that ask before they send.
    """
    arrival = arrival_of(request, "POSTAlert", settings.INBOUND_MAX_BYTES)
    counts = not is_browser(request.method, arrival.headers)
    return _take(lambda: DOORS.by_token(token), arrival, Signal(counts=counts))


def is_heartbeat(door: Door | None) -> bool:
    return door is not None and door.template == HEARTBEAT


@way_in("POST", "PUT")
def typed(request, slug):
    """``/api/integrations/<type>?integrationId=<id>``, with the key where the type needs one."""
    arrival = arrival_of(request, "typed", settings.INBOUND_MAX_BYTES)
    template = find(slug)
    if template is None:
        return refusal(404, "unknown_type", f"There is no template “{slug}” in the catalog.")
    public_id = request.GET.get("integrationId", "")
    if not public_id:
        return refusal(400, "missing_id", "integrationId: add the id of the integration.")
    key, authorization = key_of(request), request.headers.get("Authorization", "")

    def look() -> Door | None:
        door = DOORS.by_public_id(public_id)
        if door is None or door.template != template.slug:
            return None
        if key and not (door.guard.knows(authorization) or is_same(door, DOORS.by_token(key))):
            return None
        return door

    return _take(look, arrival)


def is_same(door: Door, other: Door | None) -> bool:
    return other is not None and other.integration_id == door.integration_id


def _take(look, arrival: Arrival, signal: Signal = BEAT) -> HttpResponse:
    """Find the door and hand over; once more where the integration was changed in between.

    At the door of a heartbeat every message is a beat, whatever it says.
    """
    for _ in range(3):
        try:
            door = look()
            if door is not None:
                return _hand_over(door, arrival, signal)
            if arrival.method in POSTS:
                return refusal(404, "unknown_integration", NO_SUCH)
            return HttpResponseNotAllowed(POSTS)
        except receive.Changed:
            continue
        except (OperationalError, InterfaceError) as failure:
            hang_up_if_dead(failure)
    return refusal(503, "unavailable", "The integration is being changed. Please send it again.")


CODES = {
    400: "unreadable",
    401: "bad_signature",
    403: "disabled",
    429: "rate_limited",
    503: "unavailable",
}


def _hand_over(door: Door, arrival: Arrival, signal: Signal) -> HttpResponse:
    is_beat = is_heartbeat(door) and arrival.method != "OPTIONS"
    if is_beat and (receipt := pings.beat(door, signal, arrival)):
        return _answer(receipt)
    if reply := handshake.shake(door, arrival):
        return JsonResponse(reply.body, headers=reply.headers)
    if arrival.method not in POSTS:
        return HttpResponseNotAllowed(POSTS)
    receipt = receive.receive(door, arrival)
    if receipt.is_accepted and door.answer is not None:  # In the words that its tool wants.
        return JsonResponse(responses.fill(door.answer, values_of(arrival)))
    return _answer(receipt)


def _answer(receipt: receive.Receipt) -> JsonResponse:
    if receipt.is_accepted:
        return JsonResponse(
            {"status": "accepted", "message_id": receipt.message_id}, status=receipt.status
        )
    kept = {"message_id": receipt.message_id} if receipt.message_id else {}
    code = receipt.code or CODES[receipt.status]
    response = refusal(receipt.status, code, receipt.error, **kept)
    if code == "unauthenticated":
        response["WWW-Authenticate"] = CHALLENGE
    if receipt.status == 503:
        response["Retry-After"] = RETRY_S
    if receipt.status == 429:
        response["Retry-After"] = str(receipt.retry_after)
    return response


@way_in("POST")
def events(request):
    """``/api/events``: trigger, acknowledge, resolve; the answer carries the outcome."""
    arrival = arrival_of(request, "events", settings.INBOUND_MAX_BYTES)
    body = values_of(arrival)
    holder = door_of_key(request, body)
    if holder.refusal:
        status, code, detail = holder.refusal
        response = refusal(status, code, detail)
        if status == 401:
            response["WWW-Authenticate"] = "Token, Bearer"
        return response
    errors = read_event(body, needs_dedup_key=True, needs_severity=False).errors
    receipt = deliver(holder.look, arrival, "; ".join(errors))
    if receipt is None:
        return refusal(503, "unavailable", "Nothing was kept. Please send it again.")
    if receipt.status == 400:
        errors = errors or [receipt.error]
        words = {"status": "invalid event", "message": "Event object is invalid"}
        return JsonResponse({**words, "errors": errors}, status=400)
    if not receipt.is_accepted or receipt.message_id is None:
        return _answer(receipt)
    message = engine.work_now(receipt.message_id)
    return JsonResponse({"status": "success", "result": _result(message)}, status=202)


DONE = {
    "opened": "triggered",
    "delayed": "triggered",
    "suppressed": "triggered",
    "appended": "deduplicated",
    "retry": "deduplicated",
    "closed": "resolved",
    "acknowledged": "acknowledged",
    "updated": "updated",
}


def _result(message: InboundMessage) -> dict[str, Any]:
    outcome = message.results[0] if message.results else {"result": "ignored"}
    result: dict[str, Any] = {"action": DONE.get(outcome["result"], "ignored")}
    if message.status == InboundMessage.Status.PENDING:
        result = {"action": "pending"}
    if message.incident:
        result["incident"] = {
            "id": str(message.incident.pk),
            "status": message.incident.status,
            "url": f"{settings.SITE_URL}{message.incident.get_absolute_url()}",
        }
    if reason := outcome.get("reason") or message.reason:
        result["reason"] = reason
    return result


@way_in("POST")
def enqueue(request):
    """``/v2/enqueue``: the Events API v2 as its clients speak it; the key is in the body."""
    arrival = arrival_of(request, "enqueue", settings.INBOUND_MAX_BYTES)
    body = values_of(arrival)
    routing_key = body.get("routing_key") if isinstance(body, dict) else None
    routing_key = routing_key or request.headers.get("X-Routing-Key", "")
    if body is UNREADABLE:
        return invalid(["the body is not JSON"])
    if not isinstance(routing_key, str) or not routing_key:
        return invalid(["'routing_key' is missing or blank"])
    if DOORS.by_token(routing_key) is None:
        return invalid(["'routing_key' is not known here"], status=401)
    event = read_event(body, needs_dedup_key=False, needs_severity=True)
    if event.made_key:
        arrival = arrival.with_header(MADE_KEY, event.dedup_key)
    receipt = deliver(lambda: DOORS.by_token(routing_key), arrival, "; ".join(event.errors))
    if receipt is not None and receipt.is_accepted:
        return JsonResponse(answer_of(event), status=202)
    return refused(receipt, event.errors)


def refused(receipt: receive.Receipt | None, errors: list[str]) -> JsonResponse:
    """A refusal in the words that clients of the Events API v2 look for."""
    if receipt is None:
        return refusal(503, "unavailable", "Nothing was kept. Please send it again.")
    if receipt.status == 400:
        return invalid(errors or [receipt.error])
    if receipt.status != 429:
        return _answer(receipt)
    words = {"status": "throttle exceeded", "message": receipt.error, "errors": [receipt.error]}
    response = JsonResponse(words, status=429)
    response["Retry-After"] = str(receipt.retry_after)
    return response


def invalid(errors: list[str], *, status: int = 400) -> JsonResponse:
    words = {"status": "invalid event", "message": "Event object is invalid"}
    return JsonResponse({**words, "errors": errors}, status=status)


def deliver(
    look,
    arrival: Arrival,
    error: str,
    status: int = 202,
    sent_as: Mapping[int, int] | None = None,
) -> receive.Receipt | None:
    """Hand over at the door that ``look`` finds; None where there is none, or nothing was kept."""
    for _ in range(3):
        try:
            door = look()
            if door is None:
                return None
            return receive.receive(door, arrival, error=error, status=status, sent_as=sent_as)
        except receive.Changed:
            continue
        except (OperationalError, InterfaceError) as failure:
            hang_up_if_dead(failure)
    return None


def hang_up_if_dead(failure: Exception) -> None:
    """After an error of a connection that is dead: the next try opens a new one."""
    if connection.in_atomic_block or connection.is_usable():
        raise failure
    connection.close()


def values_of(arrival: Arrival) -> Any:
    """The values in the body, as the engine will read them; ``receive`` says what is unreadable."""
    try:
        return decode.decode(arrival.body, arrival.content_type)
    except UnreadableBody:
        return UNREADABLE
