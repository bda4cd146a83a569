"""Requests whose session is over, or whose CSRF token is stale: nothing that was typed is lost."""

from collections.abc import Callable
from functools import cache as once
from functools import partial
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib import admin
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.views import redirect_to_login
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from opsportal.lib import pages
from opsportal.web.interrupted_post import FIELD, InterruptedPost, NotKept
from opsportal.web.navigation import open_count

OPEN_HEADER = "X-Open-Incidents"
OPEN_CACHE_S = 2  # Each tab of a person asks every few seconds.
SESSION_OVER = "Your session is over. Log in again."
STALE = "This page was open for longer than its token is good. Load it again."


@once
def _login_path() -> str:
    return reverse("admin:login")


class InterruptedPosts:
    """After a login in between, a page asks whether to do now what was asked for before it.

    Scripts of a page get 401 where a page would be led to the login: they must not draw it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        login = _login_path()
        if request.path == login:
            return _after_login(request, response)
        if _leads_to(response, login):
            return _login_needed(request, response)
        if response.status_code == 405 and _is_page(request):
            return _ask(request, InterruptedPost(request.get_full_path()), status=405)
        return response


def _leads_to(response: HttpResponse, login: str) -> bool:
    return isinstance(response, HttpResponseRedirect) and urlsplit(response.url).path == login


def _is_page(request: HttpRequest) -> bool:
    """Whether somebody looks with a session at an address that takes only what a form sends."""
    match = request.resolver_match
    is_for_machines = match is None or getattr(match.func, "csrf_exempt", False)
    return request.method == "GET" and not is_for_machines and request.user.is_authenticated


def _login_needed(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    if is_from_script(request):
        return JsonResponse({"code": "not_authenticated", "detail": SESSION_OVER}, status=401)
    if request.method != "POST":
        return response
    kept = InterruptedPost.of(request)
    if not kept.is_bare:
        return login_page(request, kept)
    return redirect_to_login(f"{reverse('interrupted_post')}?{urlencode({'kept': kept.dump()})}")


def _after_login(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    kept = request.POST.get(FIELD) if request.method == "POST" else None
    if not kept or not isinstance(response, HttpResponseRedirect):
        return response
    try:
        return _ask(request, InterruptedPost.load(kept))
    except NotKept:
        return response


def is_from_script(request: HttpRequest) -> bool:
    """Whether a script of a page asks (htmx, fetch), and no person by following a link."""
    mode = request.headers.get("Sec-Fetch-Mode", "navigate")
    return pages.is_partial(request) or mode != "navigate"


def login_page(request: HttpRequest, kept: InterruptedPost) -> HttpResponse:
    """The login, which carries what was sent: it is asked for again afterwards."""
    login = _login_path()
    context = admin.site.each_context(request) | {
        "form": AdminAuthenticationForm(request),
        "app_path": f"{login}?{urlencode({'next': reverse('home')})}",
        "next": reverse("home"),
        "kept": kept,
        "interrupted": kept.dump(),
    }
    response = render(request, "admin/login.html", context, status=401)
    response["Cache-Control"] = "no-store"
    return response


def _ask(request: HttpRequest, kept: InterruptedPost, *, status: int = 200) -> HttpResponse:
    """The page with the button that sends again what was kept, with a fresh token."""
    context = {"kept": kept, "reader": request.user, "is_stale": status == 403}
    response = render(request, "portal/interrupted_post.html", context, status=status)
    response["Cache-Control"] = "no-store"
    return response


@pages.signed_in()
@never_cache
@require_safe
def interrupted_post(request: HttpRequest) -> HttpResponse:
    """Asks whether to do now what was asked for before the login."""
    try:
        return _ask(request, InterruptedPost.load(request.GET.get("kept", "")))
    except NotKept:
        return redirect("home")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A stale token: pages get what they sent with its button again, scripts a sentence.

    What another site sent is never offered again.
    """
    if is_from_script(request) or request.path.startswith("/api/"):
        return JsonResponse({"code": "csrf_failed", "detail": STALE}, status=403)
    is_login = request.path == _login_path()
    if is_login or request.method != "POST" or not _is_ours(request):
        context = {"is_login": is_login}
        return render(request, "portal/csrf_failure.html", context, status=403)
    kept = InterruptedPost.of(request)
    if not request.user.is_authenticated:
        return login_page(request, kept)
    return _ask(request, kept, status=403)


def _is_ours(request: HttpRequest) -> bool:
    """Whether the form was on a page of this portal: browsers say where it was."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        return False
    origin = request.headers.get("Origin")
    is_here = origin is None or urlsplit(origin).netloc == request.get_host()
    return is_here or origin in settings.CSRF_TRUSTED_ORIGINS


@never_cache
@require_safe
def pulse(request: HttpRequest) -> HttpResponse:
    """204 for a page that asks whether the portal is there and the session goes on, else 401.

    ``X-Open-Incidents`` is the number of those that nobody has, which the title of the page shows.
    """
    if not (request.user.is_authenticated and admin.site.has_permission(request)):
        return HttpResponse(status=401)
    user = request.user
    count = cache.get_or_set(f"open:{user.pk}", partial(open_count, user), OPEN_CACHE_S)
    return HttpResponse(status=204, headers={OPEN_HEADER: str(count)})
