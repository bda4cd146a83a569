"""Serves public status pages without sessions, cookies or users; all else is for the pages.

By threads of their own (``server.py``): however many read a status page, the people who are on
call open theirs.
"""

from collections.abc import Callable, Iterable
from typing import Any

import django.db
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.urls import ResolverMatch, get_resolver

from integrations.inbound.client_ip import address_of_request
from notifications.status_pages.domains import host_of, is_known, page_of_host
from notifications.status_pages.public.answers import VISITOR, private
from opsportal.runtime.web.machine_handler import MachineHandler

CHECKED_AGAINST = "django==5.2.19"
PREFIX = "/status/"
ON_PORTAL, ON_DOMAIN = "opsportal.status_urls", "notifications.status_pages.public_urls"
Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


def is_public(path: str, host: str) -> bool:
    """Whether the threads of status pages serve it, as far as can be told without the database:
    a domain is known after its first request."""
    return path.startswith(PREFIX) or (is_known(host) and not _is_static(path))


class StatusHandler(MachineHandler):
    """A WSGI application for status pages; ``otherwise`` is asked for everything else."""

    def __init__(self, otherwise: Application) -> None:
        super().__init__()
        self.otherwise = otherwise

    def __call__(self, environ: Environ, start_response: Any) -> Any:
        path = str(environ.get("PATH_INFO", ""))
        on_domain = _is_on_domain(str(environ.get("HTTP_HOST", ""))) and not _is_static(path)
        if not on_domain and not path.startswith(PREFIX):
            return self.otherwise(environ, start_response)
        environ[VISITOR] = address_of_request(environ)
        environ["opsportal.status_urls"] = ON_DOMAIN if on_domain else ON_PORTAL
        return super().__call__(environ, start_response)

    def _get_response(self, request: HttpRequest) -> HttpResponseBase:
        """What is not there is said in words for visitors, who know of no portal."""
        try:
            response: HttpResponseBase = super()._get_response(request)  # type: ignore[misc]
        except Http404:
            body = render_to_string("status/not_found.html", {"base": "/"})
            return private(HttpResponse(body, status=404))
        return response

    def resolve_request(self, request: HttpRequest) -> ResolverMatch:
        """Raises Resolver404."""
        match = get_resolver(request.META["opsportal.status_urls"]).resolve(request.path_info)
        request.resolver_match = match
        return match


def _is_on_domain(host: str) -> bool:
    """Whether it is the own domain of a page. While the database is away, none is."""
    if host_of(host) == settings.SITE_HOST:
        return False
    try:
        return bool(page_of_host(host))
    except django.db.Error:
        return is_known(host)


def _is_static(path: str) -> bool:
    return path.startswith(settings.STATIC_URL)
