"""An Alertmanager for Prometheus to send to, and for amtool to ask: API v2 under a path of its own.

Prometheus repeats every alert that fires about once a minute: a message that was lost comes again.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.utils import timezone

from incidents.models import Alert
from integrations.dialects.alertmanager.alerts import grouped, shown, status
from integrations.dialects.alertmanager.matchers import BadMatcher, full_pattern, parse
from integrations.endpoints.responses import empty, hand_over, headed, take
from integrations.endpoints.views import NO_SUCH, way_in
from integrations.engine.pipeline import rules_of
from integrations.inbound.endpoint_cache import DOORS
from integrations.inbound.receive import Changed, Receipt, refuse
from integrations.models import Integration

ROUTE = "alertmanager_api"
VERSION = "opsportal"
MOST = 5000
NO_SILENCES = "Silences are made in the portal, as maintenance windows."
STARTED_AT = timezone.now()


def _say(text: str, code: int) -> JsonResponse:
    """Errors of this API are one text."""
    return JsonResponse(text, status=code, safe=False)


@way_in("GET", "POST")
def alerts(request: HttpRequest, token: str) -> HttpResponse:
    """``/api/v2/alerts``: POST what fires and what is over; GET what is open."""
    return _post(request, token) if request.method == "POST" else _get(request, token, list)


def _post(request: HttpRequest, token: str) -> HttpResponse:
    arrival = take(request, ROUTE)
    is_list = arrival.body.lstrip()[:1] == b"["
    fault = "" if is_list or not arrival.body.strip() else "the body must be a list of alerts"
    receipt = hand_over(token, arrival, error=fault)
    return empty() if receipt.is_accepted else _refuse(receipt)


def _refuse(receipt: Receipt) -> HttpResponse:
    if receipt.status == 400:
        words = f'parsing alerts body from "" failed, because {receipt.error}'
        return JsonResponse({"code": 400, "message": words}, status=400)
    return headed(_say(receipt.error, receipt.status), receipt)


@way_in("GET")
def groups(request: HttpRequest, token: str) -> HttpResponse:
    """``/api/v2/alerts/groups``: the open alerts by their names."""
    return _get(request, token, grouped)


def _get(request: HttpRequest, token: str, form: Any) -> HttpResponse:
    row = _reader_of(request, token)
    if isinstance(row, HttpResponse):
        return row
    try:
        found = _open(row, request)
    except BadMatcher as error:
        return _say(str(error), 400)
    return _json(form(found) if form is list else form(found, row.name))


def _reader_of(request: HttpRequest, token: str) -> Integration | HttpResponse:
    """Whose alerts may be read with this token, or why none: who may not send may not read."""
    door = DOORS.by_token(token)
    row = Integration.objects.filter(pk=door.integration_id).first() if door else None
    if door is None or row is None:
        return _say(NO_SUCH, 404)
    try:
        refusal = refuse(door, take(request, ROUTE))
    except Changed:
        refusal = Receipt(503, None, "The integration is being changed. Please ask again.")
    return _refuse(refusal) if refusal else row


def _open(row: Integration, request: HttpRequest) -> list[dict[str, Any]]:
    """What is open of this integration's service and source, and fits the filters."""
    query = request.GET
    matchers = parse(query.getlist("filter"))
    if (wanted := query.get("receiver")) and full_pattern(wanted).fullmatch(row.name) is None:
        return []
    source = rules_of(row).source
    rows = Alert.objects.filter(service=row.service_id, closed_at=None, source=source)
    now = timezone.now()
    found = [shown(alert, row.name, now) for alert in rows.order_by("pk")[:MOST]]
    found = [one for one in found if all(matcher.fits(one["labels"]) for matcher in matchers)]
    for state, name in (("active", "active"), ("suppressed", "silenced")):
        if query.get(name) == "false":
            found = [one for one in found if one["status"]["state"] != state]
    return sorted(found, key=lambda one: one["fingerprint"])


@way_in("GET")
def general(request: HttpRequest, token: str, what: str) -> HttpResponse:
    """``/api/v2/status`` and ``/api/v2/receivers``."""
    row = _reader_of(request, token)
    if isinstance(row, HttpResponse):
        return row
    return _json(status(VERSION, STARTED_AT) if what == "status" else [{"name": row.name}])


@way_in("GET", "POST")
def silences(request: HttpRequest, token: str) -> HttpResponse:
    """``/api/v2/silences``: none; that is what maintenance windows are for."""
    row = _reader_of(request, token)
    if isinstance(row, HttpResponse):
        return row
    return _say(NO_SILENCES, 400) if request.method == "POST" else _json([])


@way_in("GET", "DELETE")
def silence(request: HttpRequest, token: str, silence_id: str) -> HttpResponse:
    """``/api/v2/silence/<id>``: there is none."""
    row = _reader_of(request, token)
    return row if isinstance(row, HttpResponse) else _say("There is no such silence.", 404)


def _json(found: Any) -> JsonResponse:
    response = JsonResponse(found, safe=False)
    response["Cache-Control"] = "no-store"
    return response


_BASE = "alertmanager/<str:token>/api/v2"
urlpatterns = [
    path(f"{_BASE}/alerts", alerts, name="alertmanager_api"),
    path(f"{_BASE}/alerts/groups", groups),
    path(f"{_BASE}/status", general, {"what": "status"}),
    path(f"{_BASE}/receivers", general, {"what": "receivers"}),
    path(f"{_BASE}/silences", silences),
    path(f"{_BASE}/silence/<str:silence_id>", silence),
]
