"""Every URL that machines post to, as somebody without a key would ask for it."""

import re

from django.urls import URLPattern

from integrations.endpoints import urls

PARAMETER = re.compile(r"<(?:(\w+):)?(\w+)>|\(\?P<(\w+)>(.*?)\)(?=/|\?|$)")
UNKNOWN = "0" * 32
# A vendor's URL says which kind of message comes; all other parameters may be anything.
# Of what an address names, this opens nothing.
OPEN = {
    "action", "channel", "identifier", "kind", "label", "language", "name", "occasion",
    "pk", "request_id", "schedule", "silence_id", "slug", "stock", "template", "what",
}  # fmt: skip
VALUES = {"slug": "webhook", "action": "close", "what": "fail"}


def routes_of(patterns, before=""):
    """(route, view) of every address below; the regular expression's signs are left out."""
    for pattern in patterns:
        here = before + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield here.replace("^", "").replace("/?$", "").replace("$", ""), pattern.callback
        else:
            yield from routes_of(pattern.url_patterns, here)


def fill(route, default, values):
    """The path of a route, with its parameters by their names."""
    return "/" + PARAMETER.sub(lambda hit: values.get(hit[2] or hit[3], default), route)


def names_in(route):
    return {hit[2] or hit[3] for hit in PARAMETER.finditer(route)}


URLS = {fill(route, UNKNOWN, VALUES): view.cls for route, view in routes_of(urls.urlpatterns)}
METHODS = [(method, url) for url, view in sorted(URLS.items()) for method in view.methods]
