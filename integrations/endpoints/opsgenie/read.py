"""The part of Opsgenie's Alert API that only reads. A key sees the alerts of its service.

https://docs.opsgenie.com/docs/alert-api
"""

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpResponse

from incidents.models import Alert
from integrations.dialects.opsgenie import requests as opsgenie_requests
from integrations.dialects.opsgenie import responses
from integrations.dialects.opsgenie.ids import number_of
from integrations.dialects.opsgenie.lookup import find_alert
from integrations.dialects.opsgenie.search import condition_of
from integrations.endpoints.opsgenie.http import OK, REJECTED, ApiError, OpsgenieView, key_of
from integrations.endpoints.request import MessageRequest
from integrations.endpoints.schema import answer, documented
from integrations.inbound.endpoint_cache import EndpointConfig, endpoint_cache
from integrations.models import InboundMessage, Integration

PAGE_SIZE, MAX_PAGE_SIZE = 20, 100
MAX_OFFSET = 20_000
MAX_DIGITS = 8
SORTS = {
    "createdat": "opened_at",
    "updatedat": "last_seen_at",
    "lastoccurredat": "last_seen_at",
    "tinyid": "pk",
    "alias": "dedup_key",
    "message": "title",
    "count": "count",
}


def list_alerts(config: EndpointConfig, request: MessageRequest) -> dict[str, Any]:
    """A page of alerts."""
    alerts = Alert.objects.filter(service=config.service_id, incident__is_private=False)
    alerts = alerts.select_related("incident__assignee")
    found = alerts.filter(condition_of(request.GET.get("query", "")))
    limit, offset = _number(request, "limit", PAGE_SIZE), _number(request, "offset", 0)
    limit, offset = min(max(limit, 1), MAX_PAGE_SIZE), min(offset, MAX_OFFSET)
    field = SORTS.get(request.GET.get("sort", "").lower(), "opened_at")
    mark = "" if request.GET.get("order", "").lower() == "asc" else "-"
    rows = list(found.order_by(f"{mark}{field}", f"{mark}pk")[offset : offset + limit + 1])
    paging = {"first": _page_url(request, 0, limit)}
    if len(rows) > limit:
        paging["next"] = _page_url(request, offset + limit, limit)
    return {"data": [responses.brief(row) for row in rows[:limit]], "paging": paging}


def show_alert(config: EndpointConfig, request: MessageRequest, identifier: str) -> dict[str, Any]:
    """One alert. Raises ApiError if there is none."""
    return {"data": responses.full(_alert(config, request, identifier))}


def list_notes(config: EndpointConfig, request: MessageRequest, identifier: str) -> dict[str, Any]:
    """The comments on an alert's incident, the latest first. Raises ApiError."""
    alert = _alert(config, request, identifier)
    lines = alert.incident.timeline.filter(verb="commented").select_related("by")
    limit = min(max(_number(request, "limit", MAX_PAGE_SIZE), 1), MAX_PAGE_SIZE)
    order = ("at", "pk") if request.GET.get("order", "").lower() == "asc" else ("-at", "-pk")
    found = [responses.note(line) for line in lines.order_by(*order)[:limit]]
    return {"data": found, "paging": {}}


class CountView(OpsgenieView):
    """``/v2/alerts/count``."""

    methods = ("GET",)

    @documented(
        "Opsgenie: count alerts",
        responses={200: answer("Their number.", {"data": {"count": 7}, **OK}), **REJECTED},
    )
    def get(self, request: MessageRequest) -> HttpResponse:
        alerts = Alert.objects.filter(service=self.reader(request).service_id)
        found = alerts.filter(condition_of(request.GET.get("query", "")))
        return self.respond(200, {"data": {"count": found.count()}})


class RequestView(OpsgenieView):
    """``/v2/alerts/requests/<id>``: the result of a request that was made with this key."""

    methods = ("GET",)

    @documented(
        "Opsgenie: the result of a request",
        responses={
            200: answer("Its result.", {"data": {"success": True, "status": "…"}, **OK}),
            404: answer("It is unknown, or not processed yet.", {"message": responses.NOT_YET}),
            **REJECTED,
        },
    )
    def get(self, request: MessageRequest, request_id: str) -> HttpResponse:
        self.reader(request)
        message = _message(request, number_of("request", request_id) or 0)
        if message is None or message.status == InboundMessage.Status.PENDING:
            raise ApiError(404, responses.NOT_YET)
        return self.respond(200, {"data": responses.request_status(message)})


def _message(request: MessageRequest, number: int) -> InboundMessage | None:
    rows = InboundMessage.objects.select_related("alert", "integration")
    config = endpoint_cache.by_token(key_of(request))
    found = rows.filter(
        pk=number, route__in=[opsgenie_requests.CREATE, opsgenie_requests.ACT]
    ).first()
    # Any integration on the URL of this key may have taken it.
    own = Integration.objects.filter(pk=config.integration_id if config else 0)
    beside = Integration.objects.beside(own).values_list("pk", flat=True)
    return found if found and found.integration_id in set(beside) else None


def _alert(config: EndpointConfig, request: MessageRequest, identifier: str) -> Alert:
    kind = request.GET.get("identifierType", "id").lower()
    found = find_alert(config.service_id, kind, identifier.replace("\x00", ""))
    if found is None:
        raise ApiError(404, responses.NO_ALERT)
    return found


def _number(request: MessageRequest, name: str, default: int) -> int:
    text = request.GET.get(name, "")
    is_number = text.isascii() and text.isdecimal() and len(text) <= MAX_DIGITS
    return int(text) if is_number else default


def _page_url(request: MessageRequest, offset: int, limit: int) -> str:
    filters = {k: v for k, v in request.GET.items() if k.lower() != "apikey"}
    query = urlencode({**filters, "offset": offset, "limit": limit})
    return f"{settings.SITE_URL}/v2/alerts?{query}"
