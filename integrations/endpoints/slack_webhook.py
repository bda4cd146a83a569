"""Incoming webhooks as Slack and Mattermost have them: nearly every tool can post to one.

https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
"""

from typing import Any

import orjson
from django.http import HttpResponse
from django.urls import path
from drf_spectacular.utils import extend_schema_view

from integrations.endpoints import responses
from integrations.endpoints.dialect import Dialect, DialectView, Submission
from integrations.endpoints.request import MessageRequest
from integrations.endpoints.routing import routes
from integrations.endpoints.schema import TEXT, answer, documented
from integrations.inbound.receive import Receipt

CONTENT_FIELDS = ("text", "attachments", "blocks")
WORDS = {
    400: "invalid_payload",
    401: "invalid_token",
    403: "action_prohibited",
    404: "no_service",
    429: "rate_limited",
}


class SlackWebhookDialect(Dialect):
    """JSON, or a form with the JSON in ``payload``; answers are one word."""

    route = "slack_hook"

    def validate(self, request: MessageRequest) -> Submission:
        fault = _fault(_payload(request.inbound.decoded))
        return Submission(request.inbound, [fault] if fault else [])

    def accepted(self, submission: Submission, receipt: Receipt) -> HttpResponse:
        return responses.plain("ok")

    def rejected(self, submission: Submission, receipt: Receipt) -> HttpResponse:
        word = WORDS.get(receipt.status, "rollup_error")
        if receipt.status == 400 and submission.errors:
            [word] = submission.errors
        return responses.with_headers(responses.plain(word, receipt.status), receipt)


def _payload(body: Any) -> Any:
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
    return "" if any(message.get(name) for name in CONTENT_FIELDS) else "no_text"


@extend_schema_view(
    post=documented(
        "Slack: an incoming webhook",
        body={"text": "Disk of db-1 is full"},
        responses={200: answer("The message is stored.", "ok", TEXT)}
        | {status: answer("Rejected.", word, TEXT) for status, word in WORDS.items()},
    )
)
class SlackWebhookView(DialectView):
    """``/hooks/slack/<key>``, and ``/hooks/<key>`` as Mattermost writes it."""

    dialect = SlackWebhookDialect()


urlpatterns = [
    *routes("hooks/slack/<str:token>", SlackWebhookView, name="slack_hook"),
    path("hooks/<str:token>", SlackWebhookView.as_view()),
]
