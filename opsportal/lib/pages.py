"""How own pages enter the portal's frame: who may open them, and what the frame needs."""

from functools import partial
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.decorators import staff_member_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme

# For each page of the portal: whoever may not open the portal is led to the login.
signed_in = partial(staff_member_required, login_url="admin:login")


def page(
    request: HttpRequest, template: str, context: dict[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    """A whole page, with the navigation and the top bar around it."""
    frame = admin.site.each_context(request)
    return render(request, template, frame | (context or {}), status=status)


def is_partial(request: HttpRequest) -> bool:
    """Whether only a region is asked for, by a page that refreshes itself."""
    return "HX-Request" in request.headers


def back(request: HttpRequest, fallback: str) -> str:
    """Where a form was sent from, if that was one of our own pages; else the page of that name."""
    target = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure()):
        return target
    return resolve_url(fallback)
