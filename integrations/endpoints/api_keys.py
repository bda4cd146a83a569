"""Credentials of ``/api/events``: an integration key, or an API key and a service."""

import re
from collections.abc import Callable
from functools import partial
from itertools import islice
from typing import Any, ClassVar, NoReturn

from django.db import transaction

from incidents.actions import api_keys
from incidents.models import ApiKey, Service
from incidents.own_service import portal_service
from integrations.decoding.decode import UNREADABLE
from integrations.endpoints import responses
from integrations.endpoints.authentication import InboundAuthentication, find
from integrations.endpoints.body_keys import keys_in
from integrations.endpoints.request import Credential, MessageRequest, shown_body
from integrations.endpoints.view import EndpointError
from integrations.inbound.endpoint_cache import EndpointConfig, config_for, endpoint_cache
from integrations.inbound.request import BadEncoding, TooLarge
from integrations.models import Integration
from integrations.setup.integrations import create_integration

TOKEN = re.compile(r"^\s*Token\s+token\s*=\s*\"?([^\s\",]+)\"?\s*$", re.IGNORECASE)
BEARER = re.compile(r"^\s*(?:Bearer|Api-Key)\s+(\S+)\s*$", re.IGNORECASE)
API_KEY_PREFIX = "sk_"
NAME = "Events by API keys"
TEMPLATE = "events-api-v2"
MAX_ID_DIGITS = 18
SERVICE_FIELDS = ("service_id", "serviceId")
SERVICE_NUMBER = re.compile(rb'"service(?:_id|Id)"\s*+:\s*+(\d{1,18}+)(?=[\s,}])')
MAX_NAMED = 20  # services in a body that cannot be read, each of which is looked up


def key_of(request: MessageRequest) -> str:
    """The key in a header of its own, in ``Authorization`` or in the query; '' if there is none.

    ``Authorization`` comes second: it may hold the credentials that the integration demands.
    """
    for name in ("X-Integration-Key", "X-Routing-Key"):
        if value := request.headers.get(name):
            return value
    header = request.headers.get("Authorization", "")
    for pattern in (TOKEN, BEARER):
        if match := pattern.match(header):
            return match[1]
    return request.GET.get("key", "")


class EventsAuthentication(InboundAuthentication):
    """An integration key, or an API key whose body names the service."""

    security: ClassVar[tuple[str, ...]] = ("integrationKey", "apiKey")

    def identify(self, request: MessageRequest) -> Callable[[], Credential]:
        """Raises EndpointError: 401, 403 (scope); what it returns 400 or 404 (service)."""
        api_key = request.headers.get("X-API-Key", "")
        if not api_key and (match := BEARER.match(request.headers.get("Authorization", ""))):
            api_key = match[1]
        if api_key.startswith(API_KEY_PREFIX):
            return partial(_credential_of, _usable(api_key), request)
        token = key_of(request)
        if not token:
            detail = "Authorization: send Token token=<integration key> or Bearer <API key>."
            _refuse(401, "unauthenticated", detail)
        if find(token) is None:
            _refuse(401, "unauthenticated", "This integration key is not known.")
        return lambda: Credential(partial(endpoint_cache.by_token, token))


def _refuse(status: int, code: str, detail: str) -> NoReturn:
    response = responses.error(status, code, detail)
    if status == 401:
        response["WWW-Authenticate"] = "Token, Bearer"
    raise EndpointError(response)


def _usable(text: str) -> ApiKey:
    """The API key with this text, which may send events. Raises EndpointError."""
    key = api_keys.use_key(text)
    if key is None:
        _refuse(401, "unauthenticated", "This API key is unknown, or was revoked.")
    if "events:write" not in key.scopes:
        _refuse(403, "missing_scope", "The API key lacks the scope events:write.")
    return key


def _credential_of(key: ApiKey, request: MessageRequest) -> Credential:
    """Of the service that the body names. Raises EndpointError."""
    try:
        body = request.inbound.decoded
    except (TooLarge, BadEncoding):  # Whoever handles the message meets it again.
        body = UNREADABLE
    if body is UNREADABLE:
        shown = _shown_service(key, request) or portal_service()
        return Credential(partial(_config_for_service, shown))
    wanted = body.get("service_id", body.get("serviceId")) if isinstance(body, dict) else None
    if wanted in (None, ""):
        _refuse(400, "missing_service", "service_id: name the service.")
    service = _visible_service(key, wanted)
    if service is None:
        _refuse(404, "unknown_service", "service_id: there is no such service.")
    if service.archived_at:
        _refuse(403, "service_archived", "service_id: the service is archived.")
    return Credential(partial(_config_for_service, service))


def _shown_service(key: ApiKey, request: MessageRequest) -> Service | None:
    """The first service that the raw bytes of a body name, as far as they are there.

    What cannot be read is told of there, or else at the service of the portal itself.
    """
    try:
        body = shown_body(request)
    except BadEncoding:
        return None
    numbers = [match[1].decode() for match in islice(SERVICE_NUMBER.finditer(body), MAX_NAMED)]
    named = [*numbers, *keys_in(body, SERVICE_FIELDS)]
    found = (_visible_service(key, text) for text in named[:MAX_NAMED])
    return next((service for service in found if service and not service.archived_at), None)


def _visible_service(key: ApiKey, wanted: Any) -> Service | None:
    """By its name or id; None for what is no text and no number, and for what is not visible."""
    if isinstance(wanted, bool) or not isinstance(wanted, str | int):
        return None
    # To report for one's team needs no role; to look does.
    services = Service.objects.visible_to(key.user) | Service.objects.of_teams_of(key.user)
    text = str(wanted).strip().replace("\x00", "")
    if isinstance(wanted, str) and (named := services.filter(name__iexact=text).first()):
        return named
    number = text.removeprefix("svc_")
    if not number.isdecimal() or len(number) > MAX_ID_DIGITS:
        return None
    return services.filter(pk=int(number)).first()


def _config_for_service(service: Service) -> EndpointConfig:
    """The integration for the events of API keys to a service; created when first needed."""
    rows = Integration.objects.filter(service=service, template=TEMPLATE, name=NAME).order_by("pk")
    row = rows.first()
    if row is None:
        with transaction.atomic():
            # Of several first events at once one creates it, and the others find it.
            Service.objects.select_for_update(no_key=True).get(pk=service.pk)
            row = rows.first() or create_integration(TEMPLATE, name=NAME, service=service)
    return config_for(row)
