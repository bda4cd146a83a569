"""Render a full page in the admin layout; `signed_in` redirects anonymous users to the login."""

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from django.contrib import admin
from django.contrib.admin.views.decorators import staff_member_required
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme

MAX_ID = 2**63 - 1

ViewT = TypeVar("ViewT", bound=Callable[..., HttpResponse])


def signed_in() -> Callable[[ViewT], ViewT]:
    """Decorate a page: anonymous users are redirected to the login, and back after it."""
    return partial(staff_member_required, login_url="admin:login")


def render_page(
    request: HttpRequest, template: str, context: dict[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    """The template with the context of the admin layout (navigation, theme) and ``context``."""
    layout = admin.site.each_context(request)
    return render(request, template, layout | (context or {}), status=status)


def is_partial(request: HttpRequest) -> bool:
    """Whether htmx asks for a region of the page only."""
    return "HX-Request" in request.headers


def return_url(request: HttpRequest, fallback: str) -> str:
    """The posted ``next`` if it is an address of this portal, else that of ``fallback``."""
    target = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure()):
        return target
    return resolve_url(fallback)


def paginate(request: HttpRequest, rows: QuerySet[Any], page_size: int) -> Page[Any]:
    """The page that ``?page=`` names; the first for an unreadable number, the last for a high one.

    Two queries: a count, and the rows of the page.
    """
    return Paginator(rows, page_size).get_page(request.GET.get("page"))


def parse_id(text: str | None) -> int | None:
    """The primary key that a request names; None for a text that cannot be one."""
    if not text or not text.isascii() or not text.isdecimal() or len(text) > len(str(MAX_ID)):
        return None
    number = int(text)
    return number if number <= MAX_ID else None


def parse_index(text: str | None, length: int) -> int | None:
    """A position in a list of this length; None for a text that is none."""
    index = parse_id(text)
    return index if index is not None and index < length else None
