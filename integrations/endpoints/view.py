"""The base of all inbound endpoints: a lean view of REST framework.

Lean: authenticators, parser, renderer and throttles hold no state, so one instance of each serves
all requests; nothing is negotiated; there are no permissions, versions or default headers. That
costs 30 µs a request less than the defaults.
"""

from typing import Any, ClassVar

from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from integrations.endpoints import responses
from integrations.endpoints.request import FixedNegotiation, MessageRequest, RawParser
from integrations.endpoints.schema import InboundSchema
from integrations.inbound.endpoint_cache import EndpointConfig
from integrations.inbound.rate_limit import Decision
from integrations.inbound.request import BadEncoding, InboundRequest, TooLarge, read_request
from integrations.inbound.retry import retry_stale
from integrations.inbound.unreadable import keep
from opsportal.lib.django_internals import skip_health_check


class EndpointError(Exception):
    """Ends a request with this response."""

    def __init__(self, response: HttpResponse) -> None:
        super().__init__(response.status_code)
        self.response = response


class InboundView(APIView):
    """``methods`` are the allowed ones, ``route`` names the endpoint in the inbound log."""

    methods: ClassVar[tuple[str, ...]] = ("POST",)
    route: ClassVar[str] = ""
    permission_classes = []
    throttle_classes = []
    parser_classes = [RawParser]
    renderer_classes = [JSONRenderer]
    content_negotiation_class = FixedNegotiation
    default_response_headers = {}  # type: ignore[assignment]
    schema = InboundSchema()
    config: EndpointConfig  # Set by ``submit`` for the throttle,
    decision: Decision  # and by the throttle for ``submit``.
    _authenticators: ClassVar[list[BaseAuthentication]]
    _parsers: ClassVar[list[BaseParser]]
    _renderers: ClassVar[list[BaseRenderer]]
    _throttles: ClassVar[list[BaseThrottle]]
    _negotiator: ClassVar[BaseContentNegotiation]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.http_method_names = [method.lower() for method in cls.methods]
        cls._authenticators = [kind() for kind in cls.authentication_classes]
        cls._parsers = [kind() for kind in cls.parser_classes]
        cls._renderers = [kind() for kind in cls.renderer_classes]
        cls._throttles = [kind() for kind in cls.throttle_classes]
        cls._negotiator = cls.content_negotiation_class()

    @classmethod
    def body_limit(cls) -> int:
        """The most bytes that a body may have."""
        return settings.INBOUND_MAX_BYTES

    def get_authenticators(self) -> list[BaseAuthentication]:
        return self._authenticators

    def get_parsers(self) -> list[BaseParser]:
        return self._parsers

    def get_renderers(self) -> list[BaseRenderer]:
        return self._renderers

    def get_throttles(self) -> list[BaseThrottle]:
        return self._throttles

    def get_content_negotiator(self) -> BaseContentNegotiation:
        return self._negotiator

    def get_exception_handler(self) -> Any:
        return handle_exception

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> MessageRequest:
        return MessageRequest(
            request,
            parsers=self._parsers,
            authenticators=self._authenticators,
            negotiator=self._negotiator,
            parser_context=self.get_parser_context(request),
        )

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Method, then authentication, which reads the body and decodes nothing of a stranger."""
        # Before each message it would cost a third of the rate; ``retry_stale`` replaces it.
        skip_health_check()
        if request._request.method not in self.methods:
            raise MethodNotAllowed(request._request.method or "")
        self.perform_authentication(request)

    def read(self, request: HttpRequest) -> InboundRequest:
        """The message in a request."""
        return read_request(request, self.route)

    def unknown_key(self, request: MessageRequest) -> HttpResponse:
        """The answer to a key that is missing or belongs to no integration; nothing is decoded."""
        return self.error(404, "unknown_integration", responses.NOT_FOUND)

    def error(self, status: int, code: str, detail: str) -> HttpResponse:
        """An error that is the same at all endpoints of this API, in its form."""
        return responses.error(status, code, detail)


def handle_exception(exc: Exception, context: dict[str, Any]) -> HttpResponseBase | None:
    """The response to an exception, in the form of the view; None for one that is a defect."""
    view: InboundView = context["view"]
    match exc:
        case EndpointError():
            return exc.response
        case MethodNotAllowed():
            return HttpResponseNotAllowed(view.methods)
        case TooLarge() | BadEncoding():
            return _refuse_unreadable(view, context["request"], exc)
        case DatabaseError() | InterfaceError():
            return _unavailable(view)
    return None


def _refuse_unreadable(
    view: InboundView, request: MessageRequest, problem: TooLarge | BadEncoding
) -> HttpResponse:
    """413 or 400; of a sender whose key is known a row stays, and a count."""
    try:
        if request.is_identified and request.auth is not None:
            retry_stale(lambda: keep(request.credential.resolve(), request.received, problem))
    except (DatabaseError, InterfaceError):
        return _unavailable(view)
    if isinstance(problem, TooLarge):
        limit = f"A body may have {settings.INBOUND_MAX_BYTES} bytes at most."
        return view.error(413, "too_large", limit)
    return view.error(400, "bad_encoding", str(problem))


def _unavailable(view: InboundView) -> HttpResponse:
    response = view.error(503, "unavailable", responses.NOT_STORED)
    response["Retry-After"] = str(responses.RETRY_AFTER_S)
    return response
