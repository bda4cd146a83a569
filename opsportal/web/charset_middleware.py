"""The charset that a request names for itself, before anything of it is decoded."""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from opsportal.lib.charsets import encoding_of

UTF_8 = "utf-8"


class RequestCharset:
    """Takes a request as UTF-8 whose Content-Type names no charset that reads text.

    Django decodes query and form with whatever codec is named: with ``hex`` that raises, and with
    ``punycode`` its time grows with the square of the length.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.encoding and encoding_of(request.encoding) is None:
            request.encoding = UTF_8
        return self.get_response(request)
