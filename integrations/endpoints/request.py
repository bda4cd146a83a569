"""The request of an inbound endpoint: REST framework's, with the message that was read from it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.http import HttpRequest
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from integrations.inbound.endpoint_cache import EndpointConfig
from integrations.inbound.request import InboundRequest, TooLarge


@dataclass(frozen=True, slots=True)
class Credential:
    """What a request showed. ``resolve`` finds its endpoint, anew after it was changed; None if the
    integration is unknown, or was deleted."""

    resolve: Callable[[], EndpointConfig | None]


class NotIdentified(RuntimeError):
    """A defect: a body was to be decoded before the key of its sender was looked up."""


class MessageRequest(Request):
    """A REST framework request whose body is a message."""

    is_identified = False  # Set by authentication once the key is known.

    @property
    def credential(self) -> Credential:
        """``request.auth``, as the authentication of an inbound endpoint sets it."""
        return self.auth  # type: ignore[return-value]

    @cached_property
    def received(self) -> InboundRequest:
        """The message as it came, neither decompressed nor decoded."""
        parsed = self.data  # {} without asking a parser if the request has no body
        if isinstance(parsed, InboundRequest):
            return parsed
        return self.parser_context["view"].read(self._request)

    @cached_property
    def inbound(self) -> InboundRequest:
        """The message, decompressed; it is decoded once. Raises TooLarge or BadEncoding."""
        if not self.is_identified:
            raise NotIdentified
        return self.received.unpacked()


def shown_body(request: MessageRequest) -> bytes:
    """The decompressed body, or its beginning where it is too large. Raises BadEncoding."""
    try:
        return request.received.unpacked().body
    except TooLarge as error:
        return error.beginning


class RawParser(BaseParser):
    """Any media type, as bytes: the template of the integration says later what they mean."""

    media_type = "*/*"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        """An InboundRequest, read in the way of the view."""
        request: HttpRequest = stream
        return parser_context["view"].read(request)


class FixedNegotiation(BaseContentNegotiation):
    """Senders take the response that the vendor's API documents, whatever they accept."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        return renderers[0], renderers[0].media_type
