"""``/POSTAlert/<key>/<name>`` and ``/api/integrations/<type>``: messages of every template."""

from typing import Any, ClassVar

from django.http import HttpResponse, HttpResponseNotAllowed, JsonResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view

from integrations.catalog import find
from integrations.catalog import responses as vendor_responses
from integrations.endpoints import pinging, responses
from integrations.endpoints.api_keys import key_of
from integrations.endpoints.authentication import InboundAuthentication
from integrations.endpoints.dialect import Dialect, DialectView, Submission
from integrations.endpoints.request import Credential, MessageRequest
from integrations.endpoints.routing import routes
from integrations.endpoints.schema import answer, documented, errors, same_as
from integrations.endpoints.view import EndpointError
from integrations.heartbeats.state import is_browser
from integrations.inbound.endpoint_cache import EndpointConfig, endpoint_cache
from integrations.inbound.handshake import handle_handshake
from integrations.inbound.receive import Receipt
from integrations.inbound.request import InboundRequest

POST_METHODS = ("POST", "PUT")
ACCEPTED = {
    "status": "accepted",
    "message_id": 4711,
    "url": "https://portal.example.com/inbound-log/4711/",
}
MESSAGE = {"event": "ALERT_FAILURE", "monitor": {"id": 7, "name": "Shop"}}
RESPONSES = {202: answer("The message is stored.", ACCEPTED), **errors()}


class TemplateDialect(Dialect):
    """Any body: the template of the integration says what it means, and may name the answer.

    A request to a heartbeat is a ping, whatever it says. GET with a query is a message where the
    rules of the integration read the query; else GET, HEAD and OPTIONS are for heartbeats and for
    tools that verify the URL.
    """

    route = "POSTAlert"
    accepted_status = 202

    def unknown_key(self, request: MessageRequest) -> HttpResponse:
        """404; 405 for methods that only known integrations take, so that a scan finds nothing."""
        if request.method not in POST_METHODS:
            return HttpResponseNotAllowed(POST_METHODS)
        return responses.error(404, "unknown_integration", responses.NOT_FOUND)

    def intercept(self, request: MessageRequest, config: EndpointConfig) -> HttpResponse | None:
        """Pings, verification requests, and methods that carry no message."""
        inbound = request.inbound
        if pinging.is_heartbeat(config) and inbound.method != "OPTIONS":
            receipt = pinging.record(config, inbound)
            if receipt is not None:
                return self._receipt(receipt)
        if reply := handle_handshake(config, inbound):
            return JsonResponse(reply.body, headers=reply.headers)
        if inbound.method in POST_METHODS or _is_message_by_get(inbound, config):
            return None
        return HttpResponseNotAllowed(POST_METHODS)

    def validate(self, request: MessageRequest) -> Submission:
        """No rules: ``details`` is the view, whose endpoint may name the answer."""
        return Submission(request.inbound, details=request.parser_context["view"])

    def accepted(self, submission: Submission, receipt: Receipt) -> HttpResponse:
        """The answer that the tool expects, or the id of the message."""
        body = submission.details.config.answer
        if body is not None:
            return JsonResponse(vendor_responses.fill(body, submission.inbound.decoded))
        return self._receipt(receipt)

    def _receipt(self, receipt: Receipt) -> HttpResponse:
        if not receipt.is_accepted:
            return responses.rejection(receipt)
        body: dict[str, Any] = {"status": "accepted", "message_id": receipt.message_id}
        if receipt.message_id is not None:
            body["url"] = responses.message_url(receipt.message_id)
        return responses.identify(JsonResponse(body, status=receipt.status), receipt)


def _is_message_by_get(inbound: InboundRequest, config: EndpointConfig) -> bool:
    """Whether a GET carries a message; one of a browser or a link preview never does."""
    is_read = inbound.method == "GET" and bool(inbound.query) and config.takes_query
    return is_read and not is_browser(inbound.method, inbound.headers)


@extend_schema_view(
    post=documented("Send a message", body=MESSAGE, responses=RESPONSES),
    put=documented("Send a message", body=MESSAGE, responses=RESPONSES),
    get=documented(
        "Send a message in the query, ping a heartbeat, or verify the URL",
        responses={
            200: answer("The ping is recorded, or the challenge answered.", ACCEPTED),
            202: answer("The message is stored.", ACCEPTED),
            405: answer("The integration is unknown, or its rules read no query."),
        },
    ),
)
class PostAlertView(DialectView):
    """Every template. The key in the URL is the secret; the name behind it is free."""

    methods = ("POST", "PUT", "GET", "HEAD", "OPTIONS")
    dialect = TemplateDialect()
    put, get, head, options = (same_as(DialectView.post) for _ in range(4))


class TypedDialect(TemplateDialect):
    """The same at an address that names the template and the public id."""

    route = "typed"


class IntegrationIdAuthentication(InboundAuthentication):
    """The public id in the query; with a key, that has to be the integration's."""

    security: ClassVar[tuple[str, ...]] = ("integrationKey",)

    def credential(self, request: MessageRequest) -> Credential:
        """Raises EndpointError: 404 for an unknown type or integration, 400 without an id."""
        slug = request.parser_context["kwargs"]["slug"]
        template = find(slug)
        if template is None:
            detail = f"There is no template “{slug}” in the catalog."
            raise EndpointError(responses.error(404, "unknown_type", detail))
        public_id = request.GET.get("integrationId", "")
        if not public_id:
            detail = "integrationId: add the id of the integration."
            raise EndpointError(responses.error(400, "missing_id", detail))
        key, authorization = key_of(request), request.headers.get("Authorization", "")

        def resolve() -> EndpointConfig | None:
            config = endpoint_cache.by_public_id(public_id)
            if config is None or config.template != template.slug:
                return None
            return config if not key or _is_key_of(config, key, authorization) else None

        return Credential(resolve)


def _is_key_of(config: EndpointConfig, key: str, authorization: str) -> bool:
    """Whether the key is the integration's, or the header holds its credentials instead."""
    if config.access.matches(authorization):
        return True
    other = endpoint_cache.by_token(key)
    return other is not None and other.integration_id == config.integration_id


ID = OpenApiParameter("integrationId", str, required=True, description="Public id (UUID).")


@extend_schema(parameters=[ID])
@extend_schema_view(
    post=documented("Send a message to an integration by id", body=MESSAGE, responses=RESPONSES),
    put=documented("Send a message to an integration by id", body=MESSAGE, responses=RESPONSES),
)
class TypedView(DialectView):
    """An integration by the template and its public id."""

    methods = POST_METHODS
    authentication_classes = [IntegrationIdAuthentication]
    dialect = TypedDialect()
    put = same_as(DialectView.post)


urlpatterns = [
    *routes("POSTAlert/<str:token>/", PostAlertView),
    *routes("POSTAlert/<str:token>/<path:name>", PostAlertView, name="post_alert", alias=False),
    *routes("api/integrations/<slug:slug>", TypedView, name="typed"),
]
