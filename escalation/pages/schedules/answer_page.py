"""What the pages behind signed links share, on which a person answers what they are asked.

The token is the authority, so neither a login nor a cookie is needed. Mail scanners open every
link: only a POST changes anything.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from escalation.answer_links import AnswerLink, read_answer_link
from incidents.views.base import View
from notifications.errors import LinkExpired, LinkInvalid
from opsportal.lib.languages import written_in
from opsportal.lib.sentences import translated

TOLD = ("reason", "why", "conflicts")  # sentences that were written before their reader was known
AnswerView = Callable[[HttpRequest, AnswerLink], HttpResponse]


def behind_link(page: str, template: str) -> Callable[[AnswerView], View]:
    """Decorate a view that takes what the link of this page allows; a link that is none, or is too
    old, is told by the template in the state ``invalid``."""

    def decorate(view: AnswerView) -> View:
        @csrf_exempt
        @never_cache
        @require_http_methods(["GET", "HEAD", "POST"])
        @wraps(view)
        def guarded(request: HttpRequest, token: str) -> HttpResponse:
            try:
                link = read_answer_link(page, token, now=timezone.now())
            except (LinkExpired, LinkInvalid) as error:
                status = 410 if isinstance(error, LinkExpired) else 404
                said: dict[str, Any] = {"status": status, "reason": str(error)}
                return answer_page(request, "invalid", template=template, **said)
            return view(request, link)

        return cast(View, guarded)

    return decorate


def answer_page(
    request: HttpRequest, state: str, *, template: str, status: int = 200, **context: Any
) -> HttpResponse:
    """The page in one of its states, in the language of whoever answers."""
    user = context.get("user")
    with written_in(user.language if user else ""):
        told = {name: _told(context[name]) for name in TOLD if name in context}
        shown = {**context, **told, "state": state, "language": get_language()}
        response = render(request, template, shown, status=status)
    # The address is a key: it goes to nobody else.
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _told(said: str | list[str]) -> str | list[str]:
    return translated(said) if isinstance(said, str) else [translated(one) for one in said]
