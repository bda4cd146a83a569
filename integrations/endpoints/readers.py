"""Requests that read who is on call: with an API key that has the scope ``oncall:read``."""

import base64
import binascii
import re
from functools import partial
from typing import Any, ClassVar

from django.http import HttpResponse
from rest_framework.request import Request

from incidents.actions import api_keys
from incidents.models import ApiKey, User
from integrations.endpoints import responses
from integrations.endpoints.authentication import InboundAuthentication
from integrations.endpoints.request import MessageRequest
from integrations.endpoints.schema import answer
from integrations.endpoints.view import EndpointError, InboundView
from integrations.inbound.retry import retry_stale

SCOPE = "oncall:read"
UNKNOWN_KEY = "This API key is unknown, expired or revoked."
NO_SCOPE = f"The API key lacks the scope {SCOPE}."
# Each vendor's word for its key: GenieKey, Token token=…, and the portal's own.
IN_HEADER = re.compile(
    r"^\s*(?:Bearer|Api-?Key|GenieKey|Token\s+token\s*=)\s*\"?([^\s\",]+)\"?\s*$", re.IGNORECASE
)


class ReaderAuthentication(InboundAuthentication):
    """``request.user`` is the person of the API key, ``request.auth`` the key."""

    security: ClassVar[tuple[str, ...]] = ("apiKey",)

    def authenticate(self, request: Request) -> tuple[User, ApiKey]:
        """Raises EndpointError with the view's answer: 401, or 403 without the scope."""
        assert isinstance(request, MessageRequest)
        view = request.parser_context["view"]
        text = key_of(request)
        key = retry_stale(partial(api_keys.use_key, text)) if text else None
        if key is None:
            raise EndpointError(view.error(401, "unauthenticated", UNKNOWN_KEY))
        if SCOPE not in key.scopes:
            raise EndpointError(view.error(403, "missing_scope", NO_SCOPE))
        return key.user, key


def key_of(request: MessageRequest) -> str:
    """The key in ``Authorization``, of Basic the password, or in ``X-API-Key``; '' without one."""
    header = request.headers.get("Authorization", "")
    if match := IN_HEADER.match(header):
        return match[1]
    scheme, _, rest = header.strip().partition(" ")
    if scheme.lower() != "basic":
        return request.headers.get("X-API-Key", "")
    try:
        return base64.b64decode(rest, validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return ""


class ReaderView(InboundView):
    """An address that is only read."""

    methods = ("GET",)
    authentication_classes = [ReaderAuthentication]

    def error(self, status: int, code: str, detail: str) -> HttpResponse:
        response = responses.error(status, code, detail)
        if status == 401:
            response["WWW-Authenticate"] = 'Basic realm="OpsPortal"'
        return response


def refusals(body: Any) -> dict[int, Any]:
    """The answers to a key that is missing, unknown, or lacks the scope, with an example."""
    return {401: answer(UNKNOWN_KEY, body), 403: answer(NO_SCOPE, body)}
