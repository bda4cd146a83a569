"""Django's handler for the addresses of machines: no sessions, cookies or users, fewer routes.

The middleware of the pages costs more than everything that REST framework does for a message.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.core.handlers.exception import convert_exception_to_response
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.security import SecurityMiddleware
from django.urls import Resolver404, ResolverMatch, get_resolver

CHECKED_AGAINST = "django==5.2.19"
URLCONF = "opsportal.machine_urls"
CACHED_PATHS = 2048


@lru_cache(maxsize=CACHED_PATHS)
def match_of(path: str) -> ResolverMatch | None:
    """The view of a machine's address; None for all others."""
    try:
        return get_resolver(URLCONF).resolve(path)
    except Resolver404:
        return None


def body_limit(path: str) -> int | None:
    """The most bytes that a body for this path may have; None if it is no machine's address."""
    match = match_of(path)
    if match is None:
        return None
    view = getattr(match.func, "cls", None)
    return view.body_limit() if view else settings.INBOUND_MAX_BYTES


class MachineHandler(WSGIHandler):
    """A WSGI application for the paths that ``match_of`` knows."""

    def load_middleware(self, is_async: bool = False) -> None:
        self._view_middleware: list[Any] = []
        self._template_response_middleware: list[Any] = []
        self._exception_middleware: list[Any] = []
        respond = self._get_response  # type: ignore[attr-defined]
        checked = convert_exception_to_response(_check_host(respond))
        security = SecurityMiddleware(checked)
        security.redirect = False  # Whoever posts would come again with GET, and without a body.
        self._middleware_chain = convert_exception_to_response(security)

    def resolve_request(self, request: HttpRequest) -> ResolverMatch:
        """Raises Resolver404."""
        match = match_of(request.path_info)
        if match is None:
            raise Resolver404({"path": request.path_info})
        request.resolver_match = match
        return match


def _check_host(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """What CommonMiddleware does for pages: 400 where ALLOWED_HOSTS has not the host."""

    def respond(request: HttpRequest) -> HttpResponseBase:
        request.get_host()
        return get_response(request)

    return respond
