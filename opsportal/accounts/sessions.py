"""Sessions that go on while they are used: written anew once a day, and not at each request."""

import time
from collections.abc import Callable
from typing import Any

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.http import HttpRequest, HttpResponse

RENEWED_AT = "renewed_at"  # seconds since 1970
RENEW_AFTER_S = 24 * 3600


class RenewSessions:
    """Gives a session that is used its full life again, at most once a day.

    The list of sessions learns from it, too, when and from where one was used.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and _is_due(request):
            stamp(request)
            UserSession.objects.create_from_request(request)
        return self.get_response(request)


def _is_due(request: HttpRequest) -> bool:
    age_s = time.time() - request.session.get(RENEWED_AT, 0)
    return age_s > RENEW_AFTER_S and request.user.is_authenticated


def stamp(request: HttpRequest, **_: Any) -> None:
    """Note that the session begins, or goes on, now: so it is saved, and its cookie sent anew."""
    request.session[RENEWED_AT] = int(time.time())
