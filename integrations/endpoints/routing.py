"""URL patterns of inbound endpoints: with and without a trailing slash, documented once."""

from django.urls import URLPattern, path

from integrations.endpoints.view import InboundView


def routes(
    pattern: str,
    view: type[InboundView],
    *,
    name: str | None = None,
    alias: bool = True,
) -> list[URLPattern]:
    """The pattern, and with ``alias`` the other form of its trailing slash, which is not in the
    OpenAPI document."""
    found = [path(pattern, view.as_view(), name=name)]
    if alias:
        other = pattern[:-1] if pattern.endswith("/") else f"{pattern}/"
        found.append(path(other, view.as_view(schema=None)))
    return found
