"""Every URL that machines post to, as somebody without a key would ask for it."""

import re

from django.urls import URLPattern

from integrations.endpoints import urls

PARAMETER = re.compile(r"<(?:(\w+):)?(\w+)>|\(\?P<(\w+)>(.*?)\)(?=/|\?|$)")
UNKNOWN = "0" * 32
# A vendor's URL says which kind of message comes; all other parameters may be anything.
VALUES = {"slug": "webhook", "action": "close", "what": "fail"}


def _urls(patterns, before=""):
    for pattern in patterns:
        here = before + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield "/" + _filled(here), pattern.callback.cls
        else:
            yield from _urls(pattern.url_patterns, here)


def _filled(route):
    plain = route.replace("^", "").replace("/?$", "").replace("$", "")
    return PARAMETER.sub(lambda hit: VALUES.get(hit[2] or hit[3], UNKNOWN), plain)


URLS = dict(_urls(urls.urlpatterns))
METHODS = [(method, url) for url, view in sorted(URLS.items()) for method in view.methods]
