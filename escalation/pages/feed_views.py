"""The address of a feed: no login, no cookie. Whoever knows it reads the calendar."""

from typing import Any

import orjson
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import conditional_page, require_safe

from escalation.actions import feeds
from escalation.on_call.shift_documents import content_of

CALENDAR, JSON = "text/calendar", "application/json"
MAX_AGE_S = 300


@csrf_exempt
@require_safe
@gzip_page
@conditional_page
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """The calendar, or the same as JSON where only that is accepted. 404 for whatever is no live
    feed of an active person, 429 past 60 requests a minute."""
    now = timezone.now()
    row = feeds.open_feed(token)
    if row is None:
        raise Http404
    if not feeds.count_use(row, request.headers.get("User-Agent", ""), now):
        return HttpResponse(status=429, headers={"Retry-After": "60"})
    content = content_of(row, now)
    wanted = request.get_preferred_type([CALENDAR, JSON])
    answer = _as_json(content.as_json()) if wanted == JSON else _as_calendar(content.as_calendar())
    answer["Cache-Control"] = f"private, max-age={MAX_AGE_S}"
    answer["Referrer-Policy"] = "no-referrer"
    patch_vary_headers(answer, ["Accept"])
    return answer


def _as_json(values: dict[str, Any]) -> HttpResponse:
    return HttpResponse(orjson.dumps(values), content_type=JSON)


def _as_calendar(file: bytes) -> HttpResponse:
    return HttpResponse(file, content_type=f"{CALENDAR}; charset=utf-8")
