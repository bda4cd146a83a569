"""The part of Opsgenie's Alert API that only looks."""

from urllib.parse import urlencode

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest

from incidents.models import Alert
from integrations.dialects.opsgenie import requests as asking
from integrations.dialects.opsgenie import responses
from integrations.dialects.opsgenie.ids import number_of
from integrations.dialects.opsgenie.lookup import find_alert
from integrations.dialects.opsgenie.search import condition_of
from integrations.endpoints.opsgenie.http import Answer, Refused, door_of, key_of, speaking
from integrations.inbound.endpoint_cache import Door
from integrations.inbound.receive import refuse
from integrations.inbound.request import describe
from integrations.models import InboundMessage, digest_of

MOST = 100
FURTHEST = 20_000
SORTS = {
    "createdat": "opened_at",
    "updatedat": "last_seen_at",
    "lastoccurredat": "last_seen_at",
    "tinyid": "pk",
    "alias": "dedup_key",
    "message": "title",
    "count": "count",
}


def _looking(request: HttpRequest) -> Door:
    """The door, if who knocks may look through it."""
    door = door_of(request)
    if refusal := refuse(door, describe(request, asking.CREATE, b"", b"")):
        raise Refused(refusal.status, refusal.error)
    return door


def _alerts_of(door: Door) -> QuerySet[Alert]:
    """A key sees the alerts of its service."""
    alerts = Alert.objects.filter(service=door.service_id)
    return alerts.select_related("incident__assignee")


def several(request: HttpRequest) -> Answer:
    """A page of alerts."""
    found = _alerts_of(_looking(request)).filter(condition_of(request.GET.get("query", "")))
    limit, offset = _number(request, "limit", 20), _number(request, "offset", 0)
    limit, offset = min(max(limit, 1), MOST), min(offset, FURTHEST)
    field = SORTS.get(request.GET.get("sort", "").lower(), "opened_at")
    mark = "" if request.GET.get("order", "").lower() == "asc" else "-"
    rows = list(found.order_by(f"{mark}{field}", f"{mark}pk")[offset : offset + limit + 1])
    paging = {"first": _page(request, 0, limit)}
    if len(rows) > limit:
        paging["next"] = _page(request, offset + limit, limit)
    return 200, {"data": [responses.brief(row) for row in rows[:limit]], "paging": paging}


@speaking("GET")
def count(request: HttpRequest) -> Answer:
    """``/v2/alerts/count``."""
    found = _alerts_of(_looking(request)).filter(condition_of(request.GET.get("query", "")))
    return 200, {"data": {"count": found.count()}}


def one(request: HttpRequest, identifier: str) -> Answer:
    """One alert."""
    return 200, {"data": responses.full(_find(request, identifier))}


def shown_notes(request: HttpRequest, identifier: str) -> Answer:
    """The comments on its incident, the latest first."""
    alert = _find(request, identifier)
    lines = alert.incident.timeline.filter(verb="commented").select_related("by")
    limit = min(max(_number(request, "limit", MOST), 1), MOST)
    order = ("at", "pk") if request.GET.get("order", "").lower() == "asc" else ("-at", "-pk")
    found = [responses.note(line) for line in lines.order_by(*order)[:limit]]
    return 200, {"data": found, "paging": {}}


@speaking("GET")
def requests(request: HttpRequest, request_id: str) -> Answer:
    """``/v2/alerts/requests/<id>``: what became of a request of this key."""
    _looking(request)
    number = number_of("request", request_id)
    rows = InboundMessage.objects.select_related("alert", "integration")
    mine = rows.filter(
        pk=number or 0,
        route__in=[asking.CREATE, asking.ACT],
        integration__token_digest=digest_of(key_of(request)),
    )
    message = mine.first()
    if message is None or message.status == InboundMessage.Status.PENDING:
        raise Refused(404, responses.NOT_YET)
    return 200, {"data": responses.request_status(message)}


def _find(request: HttpRequest, identifier: str) -> Alert:
    door = _looking(request)
    kind = request.GET.get("identifierType", "id").lower()
    found = find_alert(door.service_id, kind, identifier.replace("\x00", ""))
    if found is None:
        raise Refused(404, responses.NO_ALERT)
    return found


def _number(request: HttpRequest, name: str, default: int) -> int:
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else default


def _page(request: HttpRequest, offset: int, limit: int) -> str:
    asked = {k: v for k, v in request.GET.items() if k.lower() != "apikey"}
    query = urlencode({**asked, "offset": offset, "limit": limit})
    return f"{settings.SITE_URL}/v2/alerts?{query}"
