"""An Alertmanager for Prometheus to send to, and for amtool to ask: API v2 under a path of its own.

https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml. Prometheus repeats every
firing alert about once a minute: a message that was lost comes again.
"""

from collections.abc import Callable
from typing import Any, ClassVar

from django.http import HttpResponse, JsonResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema_view

from incidents.models import Alert
from integrations.dialects.alertmanager.alerts import grouped, shown, status
from integrations.dialects.alertmanager.matchers import BadMatcher, full_pattern, parse
from integrations.endpoints import responses
from integrations.endpoints.dialect import Dialect, DialectView, Submission, check_reader
from integrations.endpoints.request import MessageRequest
from integrations.endpoints.routing import routes
from integrations.endpoints.schema import answer, documented
from integrations.endpoints.view import EndpointError
from integrations.engine.opening import rules_of
from integrations.inbound.receive import Receipt
from integrations.models import Integration

VERSION = "opsportal"
MAX_ALERTS = 5000
NO_SILENCES = "Silences are made in the portal, as maintenance windows."
STARTED_AT = timezone.now()
Alerts = list[dict[str, Any]]


class AlertmanagerDialect(Dialect):
    """A list of alerts; errors are a JSON string, but for 400."""

    route = "alertmanager_api"

    def validate(self, request: MessageRequest) -> Submission:
        body = request.inbound.body.strip()
        is_list = not body or body[:1] == b"["
        return Submission(request.inbound, [] if is_list else ["the body must be a list of alerts"])

    def target(self, request: MessageRequest) -> str:
        """Without ``/alertmanager/<key>``, which stands in place of the old one's own prefix."""
        return "/" + super().target(request).split("/", 3)[3]

    def accepted(self, submission: Submission, receipt: Receipt) -> HttpResponse:
        return responses.empty()

    def rejected(self, submission: Submission, receipt: Receipt) -> HttpResponse:
        if receipt.status == 400:
            message = f'parsing alerts body from "" failed, because {receipt.error}'
            return JsonResponse({"code": 400, "message": message}, status=400)
        return responses.with_headers(_error(receipt.error, receipt.status), receipt)


class AlertmanagerView(DialectView):
    """Whoever may not send may not read, either."""

    methods: ClassVar[tuple[str, ...]] = ("GET",)
    dialect = AlertmanagerDialect()

    def integration(self, request: MessageRequest) -> Integration:
        """The integration whose alerts are asked for. Raises EndpointError."""
        config, rejection = check_reader(request)
        if rejection:
            raise EndpointError(self.dialect.rejected(Submission(request.inbound), rejection))
        row = Integration.objects.filter(pk=config.integration_id).first() if config else None
        if row is None:
            raise EndpointError(self.dialect.unknown_key(request))
        return row

    def listed(self, request: MessageRequest, form: Callable[[Alerts, str], Any]) -> HttpResponse:
        """The open alerts that the filters of the query match, in this form."""
        row = self.integration(request)
        try:
            return _json(form(_open_alerts(row, request), row.name))
        except BadMatcher as error:
            return _error(str(error), 400)


def _error(text: str, code: int) -> JsonResponse:
    return JsonResponse(text, status=code, safe=False)


def _json(found: Any) -> JsonResponse:
    response = JsonResponse(found, safe=False)
    response["Cache-Control"] = "no-store"
    return response


def _open_alerts(row: Integration, request: MessageRequest) -> Alerts:
    """Open alerts of the integration's service and source. Raises BadMatcher."""
    query = request.GET
    matchers = parse(query.getlist("filter"))
    if (wanted := query.get("receiver")) and full_pattern(wanted).fullmatch(row.name) is None:
        return []
    source = rules_of(row).source
    rows = Alert.objects.filter(service=row.service_id, closed_at=None, source=source)
    now = timezone.now()
    found = [shown(alert, row.name, now) for alert in rows.order_by("pk")[:MAX_ALERTS]]
    found = [one for one in found if all(matcher.fits(one["labels"]) for matcher in matchers)]
    for state, name in (("active", "active"), ("suppressed", "silenced")):
        if query.get(name) == "false":
            found = [one for one in found if one["status"]["state"] != state]
    return sorted(found, key=lambda one: one["fingerprint"])


ALERT = {
    "labels": {"alertname": "DiskFull", "instance": "db-1"},
    "annotations": {"summary": "Disk full"},
    "startsAt": "2026-01-02T03:04:05Z",
}
REJECTED = {
    400: answer("The body or a filter is invalid.", {"code": 400, "message": "parsing alerts …"}),
    404: answer("No integration has this key.", responses.NOT_FOUND),
    429: answer("Past the rate limit: see Retry-After.", "More than 60 messages a minute; …"),
}


@extend_schema_view(
    post=documented(
        "Alertmanager: post alerts",
        body=[ALERT],
        responses={200: answer("The alerts are stored."), **REJECTED},
    ),
    get=documented(
        "Alertmanager: open alerts", responses={200: answer("A list.", [ALERT]), **REJECTED}
    ),
)
class AlertsView(AlertmanagerView):
    """``/api/v2/alerts``: POST what fires and what is over; GET what is open."""

    methods = ("GET", "POST")

    def get(self, request: MessageRequest, token: str) -> HttpResponse:
        return self.listed(request, lambda found, name: found)


class GroupsView(AlertmanagerView):
    """``/api/v2/alerts/groups``: the open alerts by their names."""

    @documented(
        "Alertmanager: open alerts in groups",
        responses={200: answer("A list.", [{"alerts": [ALERT]}]), **REJECTED},
    )
    def get(self, request: MessageRequest, token: str) -> HttpResponse:
        return self.listed(request, grouped)


class StatusView(AlertmanagerView):
    """``/api/v2/status``."""

    @documented(
        "Alertmanager: status",
        responses={200: answer("Its status.", {"versionInfo": {"version": VERSION}}), **REJECTED},
    )
    def get(self, request: MessageRequest, token: str) -> HttpResponse:
        self.integration(request)
        return _json(status(VERSION, STARTED_AT))


class ReceiversView(AlertmanagerView):
    """``/api/v2/receivers``: the integration itself."""

    @documented(
        "Alertmanager: receivers",
        responses={200: answer("A list.", [{"name": "Prometheus"}]), **REJECTED},
    )
    def get(self, request: MessageRequest, token: str) -> HttpResponse:
        return _json([{"name": self.integration(request).name}])


class SilencesView(AlertmanagerView):
    """``/api/v2/silences``: none; that is what maintenance windows are for."""

    methods = ("GET", "POST")

    @documented("Alertmanager: silences", responses={200: answer("An empty list.", []), **REJECTED})
    def get(self, request: MessageRequest, token: str) -> HttpResponse:
        self.integration(request)
        return _json([])

    @documented(
        "Alertmanager: create a silence",
        body={"comment": "Maintenance"},
        responses={**REJECTED, 400: answer("There are none.", NO_SILENCES)},
    )
    def post(self, request: MessageRequest, **kwargs: Any) -> HttpResponse:
        self.integration(request)
        return _error(NO_SILENCES, 400)


class SilenceView(AlertmanagerView):
    """``/api/v2/silence/<id>``: there is none."""

    methods = ("GET", "DELETE")

    @documented("Alertmanager: a silence", responses={404: answer("There is none.", "There is …")})
    def get(self, request: MessageRequest, token: str, silence_id: str) -> HttpResponse:
        self.integration(request)
        return _error("There is no such silence.", 404)

    @documented("Alertmanager: end a silence", responses={404: answer("There is none.", "…")})
    def delete(self, request: MessageRequest, token: str, silence_id: str) -> HttpResponse:
        return self.get(request, token, silence_id)


_BASE = "alertmanager/<str:token>/api/v2"
urlpatterns = [
    *routes(f"{_BASE}/alerts", AlertsView, name="alertmanager_api", alias=False),
    *routes(f"{_BASE}/alerts/groups", GroupsView, alias=False),
    *routes(f"{_BASE}/status", StatusView, alias=False),
    *routes(f"{_BASE}/receivers", ReceiversView, alias=False),
    *routes(f"{_BASE}/silences", SilencesView, alias=False),
    *routes(f"{_BASE}/silence/<str:silence_id>", SilenceView, alias=False),
]
