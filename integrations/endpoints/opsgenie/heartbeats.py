"""Opsgenie's heartbeats by name: those of the services of the key's team, or of its service."""

from django.conf import settings
from django.db.models import Q
from django.http import HttpRequest
from django.urls import path

from integrations.dialects.opsgenie import requests
from integrations.dialects.opsgenie.responses import moment
from integrations.endpoints.opsgenie.http import Answer, Refused, door_of, speaking
from integrations.heartbeats import pings
from integrations.heartbeats.state import Signal
from integrations.inbound.endpoint_cache import Door
from integrations.inbound.endpoint_cache import door_of as as_door
from integrations.inbound.receive import Changed, refuse
from integrations.inbound.request import arrival_of, describe
from integrations.models import Heartbeat

PONG = {"result": "PONG - Heartbeat received"}
NOT_FOUND = "Heartbeat not found"


@speaking("GET", "POST", "PUT", "PATCH")
def ping(request: HttpRequest, name: str) -> Answer:
    """``/v2/heartbeats/<name>/ping``: the beat itself."""
    arrival = arrival_of(request, requests.CREATE, settings.INBOUND_MAX_BYTES)
    door = _looking(request)
    for _ in range(3):
        try:
            receipt = pings.beat(as_door(_find(door, name).integration), Signal(), arrival)
        except Changed:
            continue
        if receipt is None:
            raise Refused(404, NOT_FOUND)
        if not receipt.is_accepted:
            raise Refused(receipt.status, receipt.error)
        return 202, dict(PONG)
    raise Refused(503, "The heartbeat is being changed. Please send it again.")


@speaking("GET")
def heartbeat(request: HttpRequest, name: str) -> Answer:
    """``/v2/heartbeats/<name>``: how it is."""
    row = _find(_looking(request), name)
    seconds = row.every_seconds or 0
    unit, size = next(u for u in UNITS if seconds % u[1] == 0)
    return 200, {
        "data": {
            "name": row.integration.name,
            "description": "",
            "interval": max(seconds // size, 1),
            "intervalUnit": unit,
            "enabled": row.integration.is_enabled and not row.is_paused,
            "status": "Active" if row.last_ping_at else "Inactive",
            "expired": row.down_since is not None,
            "lastPingTime": moment(row.last_ping_at),
        }
    }


UNITS = (("days", 86_400), ("hours", 3_600), ("minutes", 60), ("seconds", 1))


def _looking(request: HttpRequest) -> Door:
    door = door_of(request)
    if refusal := refuse(door, describe(request, requests.CREATE, b"", b"")):
        raise Refused(refusal.status, refusal.error)
    return door


def _find(door: Door, name: str) -> Heartbeat:
    """The one of this name: of the service of the key, else of another service of its team."""
    mine = Q(integration__service=door.service_id)
    ours = Q(integration__service__team__services=door.service_id)
    rows = Heartbeat.objects.filter(mine | ours, integration__name__iexact=name.replace("\x00", ""))
    found = sorted(
        rows.select_related("integration").distinct(),
        key=lambda row: (row.integration.service_id != door.service_id, row.pk),
    )
    if not found:
        raise Refused(404, NOT_FOUND)
    return found[0]


urlpatterns = [
    path("v2/heartbeats/<str:name>/ping", ping),
    path("v2/heartbeats/<str:name>/ping/", ping),
    path("v2/heartbeats/<str:name>", heartbeat),
    path("v2/heartbeats/<str:name>/", heartbeat),
]
