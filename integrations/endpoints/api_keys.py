"""Who sends an event: the holder of an integration's key, or of an API key."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.http import HttpRequest

from incidents.actions import api_keys
from incidents.models import ApiKey, Service
from integrations.inbound.endpoint_cache import DOORS, Door, door_of
from integrations.models import Integration
from integrations.setup.integrations import create_integration

TOKEN = re.compile(r"^\s*Token\s+token\s*=\s*\"?([^\s\",]+)\"?\s*$", re.IGNORECASE)
BEARER = re.compile(r"^\s*(?:Bearer|Api-Key)\s+(\S+)\s*$", re.IGNORECASE)
NAME = "Events by API keys"
TEMPLATE = "events-api-v2"

Refusal = tuple[int, str, str]


@dataclass(frozen=True, slots=True)
class Holder:
    """How to find the door, or why there is none."""

    look: Callable[[], Door | None] = lambda: None
    refusal: Refusal | None = None


def key_of(request: HttpRequest) -> str:
    """The key in any of the places where senders put it; '' where there is none."""
    # The header of its own first: Authorization may hold what the integration asks beside its key.
    for name in ("X-Integration-Key", "X-Routing-Key"):
        if value := request.headers.get(name):
            return value
    header = request.headers.get("Authorization", "")
    for pattern in (TOKEN, BEARER):
        if match := pattern.match(header):
            return match[1]
    return request.GET.get("key", "")


def door_of_key(request: HttpRequest, body: Any) -> Holder:
    """The door of the key in the ``Authorization`` header."""
    header = request.headers.get("Authorization", "")
    api_key = request.headers.get("X-API-Key", "")
    if not api_key and (match := BEARER.match(header)):
        api_key = match[1]
    if api_key.startswith("sk_"):
        return _by_api_key(api_key, body)
    token = key_of(request)
    if not token:
        words = "Authorization: send Token token=<integration key> or Bearer <API key>."
        return Holder(refusal=(401, "unauthenticated", words))
    if DOORS.by_token(token) is None:
        return Holder(refusal=(401, "unauthenticated", "This integration key is not known."))
    return Holder(look=lambda: DOORS.by_token(token))


def _by_api_key(text: str, body: Any) -> Holder:
    key = api_keys.use_key(text)
    if key is None:
        return Holder(refusal=(401, "unauthenticated", "This API key is unknown, or was revoked."))
    if "events:write" not in key.scopes:
        return Holder(refusal=(403, "missing_scope", "The API key lacks the scope events:write."))
    wanted = body.get("service_id", body.get("serviceId")) if isinstance(body, dict) else None
    if wanted in (None, ""):
        return Holder(refusal=(400, "missing_service", "service_id: name the service."))
    service = _service(key, wanted)
    if service is None:
        return Holder(refusal=(404, "unknown_service", "service_id: there is no such service."))
    return Holder(look=lambda: _door_of_service(service))


def _service(key: ApiKey, wanted: Any) -> Service | None:
    text = str(wanted).removeprefix("svc_")
    if not text.isdecimal() or len(text) > 18:
        return None
    return Service.objects.visible_to(key.user).filter(pk=int(text)).first()


def _door_of_service(service: Service) -> Door:
    """The integration that keeps what API keys send to a service; made when it is first needed."""
    mine = Integration.objects.filter(service=service, template=TEMPLATE, name=NAME).order_by("pk")
    row = mine.first()
    if row is None:
        with transaction.atomic():
            # Of several first events at once one makes it, and the others find it made.
            Service.objects.select_for_update(no_key=True).get(pk=service.pk)
            row = mine.first() or create_integration(TEMPLATE, name=NAME, service=service)
    return door_of(row)
