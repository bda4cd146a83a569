"""The Content-Security-Policy of HTML pages: they load and run only what the portal serves."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

HEADER = "Content-Security-Policy"
# The layout's Alpine evaluates attributes, and unfold writes its colours into a style element:
# hence the two "unsafe" words. Inline scripts and handlers stay refused.
LAYOUT_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
# Pages outside the layout (links in mails) have no scripts.
BARE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


class ContentSecurityPolicy:
    """Adds the policy to each HTML page that does not set its own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.get("Content-Type", "").startswith("text/html"):
            is_bare = request.path.startswith("/a/")
            response.headers.setdefault(HEADER, BARE_POLICY if is_bare else LAYOUT_POLICY)
        return response
