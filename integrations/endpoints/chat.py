"""Where Slack and Microsoft Teams post commands.

https://docs.slack.dev/interactivity/implementing-slash-commands and
https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/add-outgoing-webhook
"""

from collections.abc import Callable
from typing import Any, ClassVar

import orjson
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema_view

from integrations.chat import slack, teams_cards
from integrations.chat.command import OPEN, TEMPLATES
from integrations.chat.markup import SLACK, TEAMS, response_body
from integrations.endpoints import chat_handler, responses
from integrations.endpoints.authentication import UrlKeyAuthentication
from integrations.endpoints.chat_handler import Reply
from integrations.endpoints.request import MessageRequest
from integrations.endpoints.routing import routes
from integrations.endpoints.schema import answer, documented, errors
from integrations.endpoints.view import InboundView
from integrations.inbound.endpoint_cache import EndpointConfig
from integrations.inbound.receive import Receipt, check_access
from integrations.inbound.retry import retry_stale


class ChatView(InboundView):
    """A signed message, and the person of ours who sent it."""

    route = OPEN
    authentication_classes = [UrlKeyAuthentication]
    provider: ClassVar[str]

    def handle(self, request: MessageRequest, command: Callable[[EndpointConfig], Reply]) -> Reply:
        """The reply of a command; 404 if the integration is of another template."""

        def attempt() -> Reply:
            config = request.credential.resolve()
            if config is None or config.template != TEMPLATES[self.provider]:
                return Reply(Receipt(404, None, responses.NOT_FOUND))
            return command(config)

        return retry_stale(attempt)

    def respond(self, reply: Reply) -> HttpResponse:
        """The reply as the chat shows it, or the rejection."""
        if not reply.receipt.is_accepted:
            return responses.identify(responses.rejection(reply.receipt), reply.receipt)
        answer = _json(response_body(self.provider, reply.text, reply.is_public))
        return responses.identify(answer, reply.receipt)


def _json(body: dict[str, Any]) -> HttpResponse:
    return HttpResponse(orjson.dumps(body), content_type="application/json")


SLASH = {"command": "/incident", "text": "ack #1042", "user_id": "U1", "team_id": "T1"}
ACTIVITY = {"type": "message", "text": "<at>OpsPortal</at> ack #1042"}
REPLY = {"response_type": "ephemeral", "text": "Acknowledged."}


@extend_schema_view(
    post=documented(
        "Slack: a slash command or a shortcut",
        body=SLASH,
        responses={200: answer("The reply.", REPLY), **errors(401, 403, 404)},
    ),
    get=documented("Slack: the check of the certificate", responses={200: answer("It is good.")}),
)
class SlackView(ChatView):
    """``/chat/slack/<key>/``."""

    methods = ("POST", "GET", "HEAD")
    provider = SLACK

    def get(self, request: MessageRequest, token: str) -> HttpResponse:
        if "ssl_check" in request.GET:
            return responses.empty()
        return responses.error(405, "not_allowed", "Post here.")

    head = get

    def post(self, request: MessageRequest, token: str) -> HttpResponse:
        body = request.inbound.decoded
        if isinstance(body, dict) and body.get("ssl_check"):
            return responses.empty()
        if challenge := slack.challenge_of(body):
            return self._verify(request, challenge)
        reply = self.handle(
            request, lambda config: chat_handler.handle_command(config, request.inbound, SLACK)
        )
        if reply.receipt.is_accepted and reply.reply_to:
            chat_handler.reply_later(reply, SLACK)
            return responses.empty()
        return self.respond(reply)

    def _verify(self, request: MessageRequest, challenge: str) -> HttpResponse:
        """Slack verifies the URL: who signs with our secret gets the challenge back."""

        def check(config: EndpointConfig) -> Reply:
            return Reply(check_access(config, request.inbound) or Receipt(200))

        reply = self.handle(request, check)
        return responses.plain(challenge) if reply.receipt.is_accepted else self.respond(reply)


class TeamsView(ChatView):
    """``/chat/teams/<key>/``: an outgoing webhook."""

    provider = TEAMS

    @documented(
        "Microsoft Teams: a command",
        body=ACTIVITY,
        responses={
            200: answer("The reply.", {"type": "message", "text": "Acknowledged."}),
            **errors(401, 403, 404),
        },
    )
    def post(self, request: MessageRequest, token: str) -> HttpResponse:
        return self.respond(
            self.handle(
                request, lambda config: chat_handler.handle_command(config, request.inbound, TEAMS)
            )
        )


class TeamsActionsView(ChatView):
    """``/chat/teams/<key>/actions/``: the messaging endpoint of a Teams app, for its actions."""

    provider = TEAMS

    @documented(
        "Microsoft Teams: an action on a message",
        body={"type": "invoke", "name": "composeExtension/fetchTask"},
        responses={
            200: answer("A dialog.", {"task": {"type": "continue", "value": {}}}),
            **errors(401, 403, 404),
        },
    )
    def post(self, request: MessageRequest, token: str) -> HttpResponse:
        reply = self.handle(
            request, lambda config: chat_handler.handle_action(config, request.inbound)
        )
        if not reply.receipt.is_accepted:
            return self.respond(reply)
        if reply.form:
            return _json(teams_cards.form(reply.form))
        return _json(teams_cards.text(reply.text, reply.link))


urlpatterns = [
    *routes("chat/slack/<str:token>/", SlackView, name="chat_slack"),
    *routes("chat/teams/<str:token>/", TeamsView, name="chat_teams"),
    *routes("chat/teams/<str:token>/actions/", TeamsActionsView, name="chat_teams_actions"),
]
