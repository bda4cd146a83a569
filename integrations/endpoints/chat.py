"""Where Slack and Microsoft Teams post what people ask for."""

from collections.abc import Callable
from typing import Any

import orjson
from django.conf import settings
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path

from integrations.chat import slack as slack_chat
from integrations.chat import teams_cards
from integrations.chat.markup import SLACK, TEAMS, body_of
from integrations.chat.request import OPEN, TEMPLATES
from integrations.endpoints import chat_handler
from integrations.endpoints.chat_handler import Reply
from integrations.endpoints.responses import empty, headed, plain
from integrations.endpoints.views import NO_SUCH, refusal, values_of, way_in
from integrations.inbound import receive
from integrations.inbound.endpoint_cache import DOORS, Door
from integrations.inbound.receive import Receipt
from integrations.inbound.request import Arrival, arrival_of

CODES = {400: "unreadable", 401: "bad_signature", 403: "disabled", 404: "unknown_integration"}


@way_in("POST", "GET", "HEAD")
def slack(request: HttpRequest, token: str) -> HttpResponse:
    """``/chat/slack/<token>/``: slash commands and shortcuts."""
    if request.method != "POST":  # Slack looks whether the certificate is good.
        return empty() if "ssl_check" in request.GET else refusal(405, "not_allowed", "Post here.")
    arrival = arrival_of(request, OPEN, settings.INBOUND_MAX_BYTES)
    body = values_of(arrival)
    if isinstance(body, dict) and body.get("ssl_check"):
        return empty()
    if challenge := slack_chat.challenge_of(body):
        return _meet(token, arrival, challenge)
    reply = _hear(token, SLACK, lambda door: chat_handler.hear(door, arrival, SLACK))
    if reply.receipt.is_accepted and reply.reply_to:
        chat_handler.reply_later(reply, SLACK)
        return empty()
    return _answer(reply, SLACK)


@way_in("POST")
def teams(request: HttpRequest, token: str) -> HttpResponse:
    """``/chat/teams/<token>/``: an outgoing webhook."""
    arrival = arrival_of(request, OPEN, settings.INBOUND_MAX_BYTES)
    return _answer(_hear(token, TEAMS, lambda door: chat_handler.hear(door, arrival, TEAMS)), TEAMS)


@way_in("POST")
def teams_actions(request: HttpRequest, token: str) -> HttpResponse:
    """``/chat/teams/<token>/actions/``: the messaging endpoint of a Teams app, for its actions."""
    arrival = arrival_of(request, OPEN, settings.INBOUND_MAX_BYTES)
    reply = _hear(token, TEAMS, lambda door: chat_handler.hear_action(door, arrival))
    if not reply.receipt.is_accepted:
        return _answer(reply, TEAMS)
    dialog = (
        teams_cards.form(reply.form) if reply.form else teams_cards.told(reply.text, reply.link)
    )
    return _json(dialog)


def _hear(token: str, provider: str, listen: Callable[[Door], Reply]) -> Reply:
    """At the door of this token, which is looked up anew where it was changed in between."""
    for _ in range(3):
        door = DOORS.by_token(token)
        if door is None or door.template != TEMPLATES[provider]:
            return Reply(Receipt(404, None, NO_SUCH))
        try:
            return listen(door)
        except receive.Changed:
            continue
    raise OperationalError("the integration is being changed")


def _meet(token: str, arrival: Arrival, challenge: str) -> HttpResponse:
    """Slack verifies the address: whoever signs with our secret sees its challenge again."""
    door = DOORS.by_token(token)
    if door is None or door.template != TEMPLATES[SLACK]:
        return _answer(Reply(Receipt(404, None, NO_SUCH)), SLACK)
    refused = receive.refuse(door, arrival)
    return _answer(Reply(refused), SLACK) if refused else plain(challenge)


def _answer(reply: Reply, provider: str) -> HttpResponse:
    receipt = reply.receipt
    if receipt.is_accepted:
        return _json(body_of(provider, reply.text, reply.is_public))
    code = receipt.code or CODES.get(receipt.status, "unavailable")
    kept = {"message_id": receipt.message_id} if receipt.message_id else {}
    response: JsonResponse = refusal(receipt.status, code, receipt.error, **kept)
    return headed(response, receipt)


def _json(body: dict[str, Any]) -> HttpResponse:
    return HttpResponse(orjson.dumps(body), content_type="application/json")


urlpatterns = [
    path("chat/slack/<str:token>/", slack, name="chat_slack"),
    path("chat/slack/<str:token>", slack),
    path("chat/teams/<str:token>/", teams, name="chat_teams"),
    path("chat/teams/<str:token>", teams),
    path("chat/teams/<str:token>/actions/", teams_actions, name="chat_teams_actions"),
    path("chat/teams/<str:token>/actions", teams_actions),
]
