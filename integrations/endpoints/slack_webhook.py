"""Incoming webhooks as Slack and Mattermost have them: every tool on earth can post to one."""

from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.urls import path

from integrations.endpoints.responses import hand_over, headed, plain, take
from integrations.endpoints.views import values_of, way_in
from integrations.inbound.receive import Receipt

HOLDERS = ("text", "attachments", "blocks")
WORDS = {
    400: "invalid_payload",
    401: "invalid_token",
    403: "action_prohibited",
    404: "no_service",
    429: "rate_limited",
}


@way_in("POST")
def hook(request: HttpRequest, token: str) -> HttpResponse:
    """``/hooks/slack/<token>``: JSON, or a form with the JSON in ``payload``."""
    arrival = take(request, "slack_hook")
    fault = _fault(_message(values_of(arrival)))
    receipt = hand_over(token, arrival, error=fault)
    if receipt.is_accepted:
        return plain("ok")
    return _refuse(receipt, fault)


def _message(body: Any) -> Any:
    payload = body.get("payload") if isinstance(body, dict) else None
    if not isinstance(payload, str):
        return body
    try:
        return orjson.loads(payload)
    except orjson.JSONDecodeError:
        return payload


def _fault(message: Any) -> str:
    if not isinstance(message, dict):
        return "invalid_payload"
    return "" if any(message.get(name) for name in HOLDERS) else "no_text"


def _refuse(receipt: Receipt, fault: str) -> HttpResponse:
    word = fault if receipt.status == 400 and fault else WORDS.get(receipt.status, "rollup_error")
    return headed(plain(word, receipt.status), receipt)


urlpatterns = [
    path("hooks/slack/<str:token>", hook, name="slack_hook"),
    path("hooks/slack/<str:token>/", hook),
    path("hooks/<str:token>", hook),  # as Mattermost writes it
]
