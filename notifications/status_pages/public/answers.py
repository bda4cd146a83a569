"""Decorates what visitors ask for: the page by its address, and an answer that may be cached."""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, cast

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from notifications.models import StatusPage
from notifications.status_pages.domains import page_of_host
from notifications.status_pages.reading import Snapshot, read_page

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
# What the front knows of who asks, behind trusted proxies.
VISITOR = "opsportal.visitor"
MAX_AGE_S = 30  # in browsers and proxies
KEPT_S = 5.0  # in this process, for times that go by; a change is shown at once
MAX_KEPT = 200  # answers
Key = tuple[int, object, str, str]
View = Callable[..., HttpResponse]
# Makes the body of an answer, and says what type it is of.
Drawing = Callable[[HttpRequest, Snapshot, str], tuple[bytes, str]]


@dataclass(frozen=True, slots=True)
class _Kept:
    body: bytes
    content_type: str
    etag: str
    until_s: float  # of time.monotonic()


_kept: dict[Key, _Kept] = {}


def page_at(request: HttpRequest, slug: str) -> StatusPage:
    """The published page of a slug, or where that is empty of the host that was asked.

    Raises Http404.
    """
    slug = slug or page_of_host(request.META.get("HTTP_HOST", ""))
    row = StatusPage.objects.published().filter(slug=slug).first()
    if row is None:
        raise Http404
    return row


def base_path(request: HttpRequest, page: StatusPage) -> str:
    """Where the page is below the host that was asked, with a slash at its end."""
    own = page_of_host(request.META.get("HTTP_HOST", "")) == page.slug
    return "/" if own else f"/status/{page.slug}/"


def shown(draw: Drawing) -> View:
    """A view of a page that anybody may look at: ``draw(request, snapshot, what)``.

    It is drawn once in five seconds for each address, at most, and after each change.
    """

    @wraps(draw)
    def view(request: HttpRequest, slug: str = "", what: str = "") -> HttpResponse:
        page = page_at(request, slug)
        key = (page.pk, page.changed_at, f"{draw.__name__} {what}", base_path(request, page))
        kept = _kept.get(key)
        if kept is None or kept.until_s < time.monotonic():
            kept = _draw(draw, request, page, what)
            if len(_kept) >= MAX_KEPT:
                _kept.clear()
            _kept[key] = kept
        return _answer(request, kept)

    return cast(View, csrf_exempt(require_safe(view)))


def _draw(draw: Drawing, request: HttpRequest, page: StatusPage, what: str) -> _Kept:
    snapshot = read_page(page, timezone.now())
    with timezone.override(snapshot.zone):
        body, content_type = draw(request, snapshot, what)
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    return _Kept(body, content_type, etag, time.monotonic() + KEPT_S)


def _answer(request: HttpRequest, kept: _Kept) -> HttpResponse:
    headers = {
        "Cache-Control": f"public, max-age={MAX_AGE_S}",
        "ETag": kept.etag,
        "Access-Control-Allow-Origin": "*",
        "Content-Security-Policy": POLICY,
    }
    asked = request.headers.get("If-None-Match", "")
    if kept.etag in [one.strip().removeprefix("W/") for one in asked.split(",")]:
        return HttpResponseNotModified(headers=headers)
    return HttpResponse(kept.body, content_type=kept.content_type, headers=headers)


def private(response: HttpResponse) -> HttpResponse:
    """The answer to a form: nobody keeps it."""
    response["Cache-Control"] = "no-store"
    response["Content-Security-Policy"] = POLICY
    response["Referrer-Policy"] = "no-referrer"
    return response


def context_of(request: HttpRequest, page: StatusPage, **more: Any) -> dict[str, Any]:
    """What the frame of all public pages needs."""
    return {"page": page, "base": base_path(request, page), **more}


def visitor_of(request: HttpRequest) -> str | None:
    """The address of who asks; None behind a socket without one."""
    return request.META.get(VISITOR) or request.META.get("REMOTE_ADDR") or None
