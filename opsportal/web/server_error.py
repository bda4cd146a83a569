"""What a request is answered whose page failed: without its database, 503 and since when."""

import logging
import sys

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils.cache import add_never_cache_headers

from opsportal.lib.django_internals import keep_out_of_log
from opsportal.runtime.outage import API_BODY, RETRY_AFTER_S, is_away, outage

logger = logging.getLogger(__name__)


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's ``handler500``. Uses no query, no session and no context processor."""
    error = sys.exception()
    if not is_away(error):
        return HttpResponse(render_to_string("500.html"), status=500)
    logger.warning("%s %s: the database is away: %s", request.method, request.path, error)
    outage.begin()
    since = f"{outage.since():%Y-%m-%d %H:%M:%S} UTC"
    facts = {"since": since, "is_post": request.method not in ("GET", "HEAD")}
    if request.path.startswith("/api/"):
        answer: HttpResponse = JsonResponse(API_BODY, status=503)
    else:
        answer = HttpResponse(render_to_string("503.html", facts), status=503)
    answer["Retry-After"] = str(RETRY_AFTER_S)
    add_never_cache_headers(answer)
    return keep_out_of_log(answer)
