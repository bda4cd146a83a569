"""How inbound endpoints identify the integration that a message is for.

The key is looked up first. Until it is known nothing of the body is decompressed or decoded: what
a stranger sends costs a lookup.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, ClassVar, NoReturn

from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from integrations.decoding.decode import UNREADABLE
from integrations.endpoints.request import Credential, MessageRequest
from integrations.endpoints.view import EndpointError
from integrations.inbound.endpoint_cache import EndpointConfig, endpoint_cache
from integrations.inbound.request import BadEncoding, TooLarge
from integrations.inbound.retry import retry_stale


def find(key: str) -> EndpointConfig | None:
    """The endpoint of a key. A dead connection is replaced."""
    return retry_stale(partial(endpoint_cache.by_token, key))


def find_first(keys: Sequence[str]) -> str:
    """The first of these keys that an integration has; '' if there is none."""
    if len(keys) == 1:
        return keys[0] if find(keys[0]) else ""
    return retry_stale(partial(endpoint_cache.first_known, keys))


def refuse_unknown(request: MessageRequest) -> NoReturn:
    """Raise EndpointError with the view's answer to an unknown key."""
    raise EndpointError(request.parser_context["view"].unknown_key(request))


class InboundAuthentication(BaseAuthentication):
    """There are no users: ``request.user`` is None, ``request.auth`` a Credential.

    ``security`` names schemes of ``schema.SECURITY_SCHEMES``; none for a key in the URL or body.
    """

    security: ClassVar[tuple[str, ...]] = ()

    def authenticate(self, request: Request) -> tuple[Any, Any]:
        """Take the body, then identify. Raises EndpointError."""
        assert isinstance(request, MessageRequest)
        request.received  # noqa: B018
        make_credential = self.identify(request)
        request.is_identified = True
        return None, make_credential()

    def identify(self, request: MessageRequest) -> Callable[[], Credential]:
        """Look up the key in header, path, query or the raw bytes of the body.

        Returns what makes the credential, which may decode the body. Raises EndpointError.
        """
        credential = self.credential(request)
        if retry_stale(credential.resolve) is None:
            refuse_unknown(request)
        return lambda: credential

    def credential(self, request: MessageRequest) -> Credential:
        """What header, path and query say of the integration. Raises EndpointError."""
        raise NotImplementedError


class UrlKeyAuthentication(InboundAuthentication):
    """The integration key in the URL, as ``token``."""

    def keys(self, token: str) -> Iterable[str]:
        """The keys that this part of the URL may stand for, most likely first."""
        return (token,)

    def credential(self, request: MessageRequest) -> Credential:
        keys = self.keys(request.parser_context["kwargs"]["token"])
        return Credential(lambda: next(filter(None, map(endpoint_cache.by_token, keys)), None))


class KeyAuthentication(InboundAuthentication):
    """The integration key, wherever the view's dialect has it."""

    def identify(self, request: MessageRequest) -> Callable[[], Credential]:
        """Raises EndpointError with the dialect's answer to an unknown key."""
        shown = find_first(request.parser_context["view"].dialect.shown_keys(request))
        if not shown:
            refuse_unknown(request)
        return partial(self._own_credential, request, shown)

    def _own_credential(self, request: MessageRequest, shown: str) -> Credential:
        """That of the key in the decoded body, where it belongs there: it may differ from
        ``shown``, which was found anywhere in it. Raises EndpointError."""
        dialect = request.parser_context["view"].dialect
        key = shown
        with suppress(TooLarge, BadEncoding):  # Whoever handles the message meets it again.
            if dialect.key_fields and request.inbound.decoded is not UNREADABLE:
                key = dialect.key(request)
        if key != shown and (not key or find(key) is None):
            refuse_unknown(request)
        return Credential(partial(endpoint_cache.by_token, key))
