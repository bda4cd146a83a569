"""Opsgenie's heartbeats by name: those of the services of the key's team, or of its service.

https://docs.opsgenie.com/docs/heartbeat-api
"""

from django.db.models import Q
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema_view

from integrations.dialects.opsgenie.responses import moment
from integrations.endpoints import responses
from integrations.endpoints.opsgenie.http import OK, REJECTED, ApiError, OpsgenieView, error_of
from integrations.endpoints.request import MessageRequest
from integrations.endpoints.schema import answer, documented
from integrations.heartbeats import pings
from integrations.heartbeats.state import Ping
from integrations.inbound.endpoint_cache import EndpointConfig, config_for
from integrations.inbound.receive import Receipt
from integrations.inbound.retry import retry_stale
from integrations.models import Heartbeat

PONG = {"result": "PONG - Heartbeat received"}
NOT_FOUND = "Heartbeat not found"
UNITS = (("days", 86_400), ("hours", 3_600), ("minutes", 60), ("seconds", 1))
MISSING = {404: answer("There is no such heartbeat.", {"message": NOT_FOUND, **OK}), **REJECTED}
PINGED = documented(
    "Opsgenie: ping a heartbeat",
    responses={202: answer("The ping is recorded.", {**PONG, **OK}), **MISSING},
)


@extend_schema_view(get=PINGED, post=PINGED, put=PINGED, patch=PINGED)
class PingView(OpsgenieView):
    """``/v2/heartbeats/<name>/ping``."""

    methods = ("GET", "POST", "PUT", "PATCH")

    def post(self, request: MessageRequest, name: str) -> HttpResponse:
        config = self.reader(request)

        def record() -> Receipt | None:
            heartbeat = config_for(_find(config, name).integration)
            return pings.record_ping(heartbeat, Ping(), request.inbound)

        receipt = retry_stale(record)
        if receipt is None:
            raise ApiError(404, NOT_FOUND)
        if not receipt.is_accepted:
            raise error_of(receipt)
        return responses.identify(self.respond(202, dict(PONG)), receipt)

    get = put = patch = post


class HeartbeatView(OpsgenieView):
    """``/v2/heartbeats/<name>``: its schedule and its state."""

    methods = ("GET",)

    @documented(
        "Opsgenie: a heartbeat",
        responses={200: answer("Its state.", {"data": {"name": "Backup"}, **OK}), **MISSING},
    )
    def get(self, request: MessageRequest, name: str) -> HttpResponse:
        row = _find(self.reader(request), name)
        seconds = row.every_seconds or 0
        unit, size = next(u for u in UNITS if seconds % u[1] == 0)
        data = {
            "name": row.integration.name,
            "description": "",
            "interval": max(seconds // size, 1),
            "intervalUnit": unit,
            "enabled": row.integration.is_enabled and not row.is_paused,
            "status": "Active" if row.last_ping_at else "Inactive",
            "expired": row.down_since is not None,
            "lastPingTime": moment(row.last_ping_at),
        }
        return self.respond(200, {"data": data})


def _find(config: EndpointConfig, name: str) -> Heartbeat:
    """The one of this name: of the service of the key, else of another service of its team.

    Raises ApiError if there is none.
    """
    mine = Q(integration__service=config.service_id)
    ours = Q(integration__service__team__services=config.service_id)
    rows = Heartbeat.objects.filter(mine | ours, integration__name__iexact=name.replace("\x00", ""))
    found = sorted(
        rows.select_related("integration").distinct(),
        key=lambda row: (row.integration.service_id != config.service_id, row.pk),
    )
    if not found:
        raise ApiError(404, NOT_FOUND)
    return found[0]
