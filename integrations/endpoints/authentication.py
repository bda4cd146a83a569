"""How inbound endpoints identify the integration that a message is for."""

from functools import partial
from typing import Any, ClassVar

from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from integrations.endpoints.request import Credential, MessageRequest
from integrations.endpoints.view import EndpointError
from integrations.inbound.endpoint_cache import EndpointConfig, endpoint_cache
from integrations.inbound.retry import retry_stale


def find(key: str) -> EndpointConfig | None:
    """The endpoint of a key. A dead connection is replaced."""
    return retry_stale(partial(endpoint_cache.by_token, key))


class InboundAuthentication(BaseAuthentication):
    """There are no users: ``request.user`` is None, ``request.auth`` a Credential.

    ``security`` names schemes of ``schema.SECURITY_SCHEMES``; none for a key in the URL or body.
    """

    security: ClassVar[tuple[str, ...]] = ()

    def authenticate(self, request: Request) -> tuple[Any, Credential]:
        """Read the body, so that 413 comes before 401, then identify. Raises EndpointError."""
        assert isinstance(request, MessageRequest)
        request.inbound  # noqa: B018
        return None, self.credential(request)

    def credential(self, request: MessageRequest) -> Credential:
        """What identifies the integration. Raises EndpointError."""
        raise NotImplementedError


class KeyAuthentication(InboundAuthentication):
    """The integration key, wherever the view's dialect has it."""

    def credential(self, request: MessageRequest) -> Credential:
        """Raises EndpointError with the dialect's answer to an unknown key."""
        dialect = request.parser_context["view"].dialect
        key = dialect.key(request)
        if not key or find(key) is None:
            raise EndpointError(dialect.unknown_key(request))
        return Credential(partial(endpoint_cache.by_token, key))


class DeferredKeyAuthentication(InboundAuthentication):
    """The integration key in the URL. The view decides what it answers to an unknown one."""

    def credential(self, request: MessageRequest) -> Credential:
        token = request.parser_context["kwargs"]["token"]
        return Credential(partial(endpoint_cache.by_token, token))
