"""The actions of an integration about the old pager, to which it is forwarded."""

from datetime import timedelta
from typing import Any, ClassVar

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from escalation.api.time_parameters import read_time
from incidents.api.viewsets import ConfigRows
from incidents.errors import InvalidRequest
from incidents.permissions import require_scope
from incidents.serializers.incidents import EmptySerializer
from integrations.api.serializers.forwards import ForwardReportSerializer, report_document
from integrations.forwarding.report import compare
from integrations.models import Integration
from integrations.setup import forwarding

SPAN = timedelta(days=7)
FROM = OpenApiParameter("from", str, description="An ISO time. Left out: a week before to.")
TO = OpenApiParameter("to", str, description="An ISO time. Left out: now.")
NAMES = {
    "forward_address": "address",
    "forward_key": "key",
    "forward_until": "until",
}


class ForwardActions(ConfigRows):
    """For the viewset of integrations."""

    query_parameters: ClassVar[dict[str, tuple[str, ...]]] = {"forwards": ("from", "to")}

    @extend_schema(parameters=[FROM, TO], responses=ForwardReportSerializer, filters=False)
    @action(detail=True, methods=["get"], pagination_class=None, filter_backends=[])
    def forwards(self, request: Request, pk: int) -> Response:
        """Where this portal and the old pager would page differently, as far as its answers tell:
        at most the newest 5,000 messages of the span. A key needs ``messages:read``, too."""
        require_scope(request, "messages:read")
        now = timezone.now()
        until = read_time(request, "to", now)
        since = read_time(request, "from", until - SPAN)
        report = compare(self.get_object(), since, until, now)
        return Response(ForwardReportSerializer(report_document(report)).data)

    @extend_schema(request=EmptySerializer)
    @action(detail=True, methods=["post"])
    def stop_forwarding(self, request: Request, pk: int) -> Response:
        """Forward nothing more, and forget address and key. Doing it twice changes nothing."""
        self.input(EmptySerializer)
        return self.answer(forwarding.stop_forwarding(self.get_object().pk))


def change_forwarding(row: Integration, fields: dict[str, Any]) -> Integration:
    """Apply those of ``fields`` that are about forwarding; null as its end stops it. The row as
    it is then. Raises InvalidRequest for what cannot work."""
    wanted = {NAMES[name]: fields[name] for name in NAMES if name in fields}
    if wanted.get("until", ()) == row.forward_until:  # As an answer showed it.
        del wanted["until"]
    if not wanted:
        return row
    if wanted.get("until", ()) is not None:
        return forwarding.change_forwarding(row.pk, **wanted)
    if wanted.keys() != {"until"}:
        raise InvalidRequest("forward_until: null stops it; leave out address and key then.")
    return forwarding.stop_forwarding(row.pk)
