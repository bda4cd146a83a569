"""Who makes the changes of a request: asked for only where something is changed."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from incidents.models import ApiKey, User
from integrations.inbound.client_ip import address_of_request
from opsportal.lib.audit import Cause, caused


class AuditCause:
    """Behind Django's authentication. REST framework notes the person of a key on the request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with caused(lambda: _cause_of(request)):
            return self.get_response(request)


def _cause_of(request: HttpRequest) -> Cause:
    address = address_of_request(request.META) or None
    user = request.user
    if not isinstance(user, User):
        return Cause(via=_way(request), address=address)
    return Cause(user.pk, user.email, _way(request), address)


def _way(request: HttpRequest) -> str:
    key = getattr(request, "auth", None)
    if isinstance(key, ApiKey):
        return f"API key {key.name}"
    first = request.path_info.split("/")[1]
    return {"admin": "admin", "api": "API"}.get(first, "page")
