"""What the doors of other pagers share: one way in, and answers in the words of each."""

from collections.abc import Mapping

from django.conf import settings
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse

from integrations.endpoints.views import CHALLENGE, NO_SUCH, RETRY_S, deliver
from integrations.heartbeats import pings
from integrations.heartbeats.state import Signal, is_browser
from integrations.inbound import receive
from integrations.inbound.endpoint_cache import DOORS
from integrations.inbound.receive import Receipt
from integrations.inbound.request import Arrival, arrival_of


def take(request: HttpRequest, route: str) -> Arrival:
    """The request, read within bounds."""
    return arrival_of(request, route, settings.INBOUND_MAX_BYTES)


def hand_over(
    token: str,
    arrival: Arrival,
    *,
    error: str = "",
    status: int = 200,
    sent_as: Mapping[int, int] | None = None,
) -> Receipt:
    """Keep the message for the integration that has this token; 404 where none has it."""
    if not token or DOORS.by_token(token) is None:
        return Receipt(404, None, NO_SUCH)
    receipt = deliver(lambda: DOORS.by_token(token), arrival, error, status, sent_as)
    if receipt is None:
        # It was deleted, or is being changed again and again: 503, and the sender comes again.
        raise OperationalError("the integration is being changed")
    return receipt


def beat(request: HttpRequest, token: str, arrival: Arrival) -> Receipt | None:
    """A beat for the heartbeat with this token; None where there is none."""
    signal = Signal(counts=not is_browser(str(request.method), arrival.headers))
    for _ in range(3):
        try:
            return pings.beat_by_token(token, signal, arrival)
        except receive.Changed:
            continue
    raise OperationalError("the heartbeat is being changed")


def plain(text: str, status: int = 200) -> HttpResponse:
    """An answer in words."""
    return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")


def empty(status: int = 200) -> HttpResponse:
    """An answer without a word, and without a type for none."""
    response = HttpResponse(status=status)
    del response["Content-Type"]
    return response


def headed(response: HttpResponse, receipt: Receipt) -> HttpResponse:
    """The response, with the headers that go with a refusal: how long to wait, what to prove."""
    if receipt.status in (429, 503):
        response["Retry-After"] = str(receipt.retry_after or RETRY_S)
    if receipt.code == "unauthenticated":
        response["WWW-Authenticate"] = CHALLENGE
    return response
