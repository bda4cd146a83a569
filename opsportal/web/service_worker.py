"""The service worker, served at the root: it sees only what is below its own address."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from opsportal.web.csp_middleware import HEADER

POLICY = "default-src 'none'; connect-src 'self'; img-src 'self'"


@require_safe
def service_worker(request: HttpRequest) -> HttpResponse:
    """Its script. Browsers ask for a new one when they like, and are not to keep an old one."""
    source = (settings.BASE_DIR / "static" / "worker" / "sw.js").read_bytes()
    response = HttpResponse(source, content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    response["Service-Worker-Allowed"] = "/"
    response[HEADER] = POLICY
    return response
