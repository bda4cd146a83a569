"""Opsgenie's Alert API: a client needs another host and the key of an integration, no more.

What changes something is stored as any message and worked off before it is answered, since
clients ask at once what became of it.
"""

import secrets
from dataclasses import replace
from typing import Any

import orjson
from django.conf import settings
from django.http import HttpRequest
from django.urls import re_path

from integrations.dialects.opsgenie import requests as asking
from integrations.dialects.opsgenie import responses
from integrations.dialects.opsgenie.ids import uuid_of
from integrations.dialects.pagerduty.events_v2 import UNREADABLE
from integrations.endpoints.opsgenie.http import Answer, Refused, door_of, key_of, speaking
from integrations.endpoints.opsgenie.read import count, one, requests, several, shown_notes
from integrations.endpoints.views import deliver, values_of
from integrations.engine import engine
from integrations.inbound.endpoint_cache import DOORS
from integrations.inbound.request import Arrival, arrival_of
from opsportal.lib.text import as_text, clean

POSTED = (
    *("close", "acknowledge", "unacknowledge", "snooze", "escalate", "assign"),
    *("responders", "teams", "notes", "tags", "details"),
)
PUT = ("message", "description", "priority")
REMOVED = {"tags": "remove-tags", "details": "remove-details"}
DEEDS = "|".join([*POSTED, *PUT])


@speaking("GET", "POST")
def alerts(request: HttpRequest) -> Answer:
    """``/v2/alerts``: create one, or list them."""
    if request.method == "GET":
        return several(request)
    arrival = _arrival(request, asking.CREATE).with_header(asking.ACTION, "create")
    body = values_of(arrival)
    alias = as_text(body.get("alias")) if isinstance(body, dict) else ""
    # Without an alias the alert gets one, so that it can be found by it.
    arrival = arrival.with_header(asking.ALIAS, (alias and "") or secrets.token_hex(16))
    return _do(request, arrival, "create", body)


@speaking("GET", "DELETE")
def alert(request: HttpRequest, identifier: str) -> Answer:
    """``/v2/alerts/<identifier>``."""
    if request.method == "GET":
        return one(request, identifier)
    return _act(request, "delete", identifier)


@speaking("GET", "POST", "PUT", "PATCH", "DELETE")
def deed(request: HttpRequest, identifier: str, action: str) -> Answer:
    """``/v2/alerts/<identifier>/<action>``."""
    method = request.method
    if method == "GET" and action == "notes":
        return shown_notes(request, identifier)
    if method == "DELETE" and action in REMOVED:
        return _act(request, REMOVED[action], identifier)
    if (method == "POST" and action in POSTED) or (
        method in ("PUT", "POST", "PATCH") and action in PUT
    ):
        return _act(request, action, identifier)
    raise Refused(405, f"{method} is not what {action} takes")


def _act(request: HttpRequest, action: str, identifier: str) -> Answer:
    kind = request.GET.get("identifierType", "id").lower()
    if kind not in asking.KINDS:
        raise Refused(
            422, responses.FAULTY, errors={"identifierType": "should be id, alias or tiny."}
        )
    named = clean(f"{kind}:{identifier}")
    arrival = _arrival(request, asking.ACT).with_header(asking.ACTION, action)
    arrival = arrival.with_header(asking.ALERT, named)
    if action in REMOVED.values():
        arrival = replace(arrival, body=_removed(request), content_type="application/json")
    return _do(request, arrival, action, values_of(arrival))


def _arrival(request: HttpRequest, route: str) -> Arrival:
    """The request; one that has nothing to say has an empty object to say."""
    arrival = arrival_of(request, route, settings.INBOUND_MAX_BYTES)
    if arrival.body.strip():
        return arrival
    return replace(arrival, body=b"{}", content_type="application/json")


def _removed(request: HttpRequest) -> bytes:
    """What is to be removed stands in the address: as a body it is kept and read as all else."""
    lists = {name: request.GET.get(name, "").split(",") for name in ("tags", "keys")}
    words = {name: request.GET.get(name, "") for name in ("note", "user", "source")}
    return orjson.dumps({name: value for name, value in {**lists, **words}.items() if any(value)})


def _do(request: HttpRequest, arrival: Arrival, action: str, body: Any) -> Answer:
    door_of(request)
    faults = {} if body is UNREADABLE else asking.faults_of(action, body)
    error = " ".join(f"{name}: {fault}" for name, fault in faults.items())
    sent_as = {400: 422} if faults else {}
    receipt = deliver(lambda: DOORS.by_token(key_of(request)), arrival, error, sent_as=sent_as)
    if receipt is None:
        raise Refused(503, "Nothing was kept. Please send it again.")
    request_id = uuid_of("request", receipt.message_id) if receipt.message_id else ""
    if receipt.status == 400 and faults:
        raise Refused(422, responses.FAULTY, request_id=request_id, errors=faults)
    if receipt.status == 429:
        after = receipt.retry_after
        raise Refused(429, responses.THROTTLED, request_id=request_id, retry_after=after)
    if not receipt.is_accepted or receipt.message_id is None:
        raise Refused(receipt.status, receipt.error, request_id=request_id)
    engine.process_now(receipt.message_id)
    return 202, {**responses.ACCEPTED, "requestId": request_id}


urlpatterns = [
    re_path(r"^v2/alerts/?$", alerts, name="opsgenie_alerts"),
    re_path(r"^v2/alerts/count/?$", count),
    re_path(r"^v2/alerts/requests/(?P<request_id>[^/]+)/?$", requests),
    re_path(rf"^v2/alerts/(?P<identifier>.+)/(?P<action>{DEEDS})/?$", deed),
    re_path(r"^v2/alerts/(?P<identifier>.+?)/?$", alert),
]
