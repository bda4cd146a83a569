"""Live call routing: numbers that ring whoever is on call."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from escalation.models import CallRoute
from escalation.serializers.call_routes import CallRouteSerializer, IncomingCallSerializer
from incidents.api.viewsets import ConfigRows
from notifications.models.provider import CHANGE

LATEST = 50


class CallRouteViewSet(ConfigRows):
    """Numbers that people dial: a call rings whoever is on call in a schedule, or whom a policy
    tells, one after another, and only a pressed key accepts it. Each opens an incident."""

    queryset = CallRoute.objects.none()
    serializer_class = CallRouteSerializer
    filterset_fields = ["name", "is_enabled"]
    search_fields = ["name", "number"]
    ordering_fields = ["name", "id"]
    ordering = "name"
    entitlements = {"": CHANGE}

    def get_queryset(self) -> QuerySet[Any]:
        return CallRoute.objects.visible_to(self.me)

    @extend_schema(responses=IncomingCallSerializer(many=True), filters=False)
    @action(detail=True, pagination_class=None, filter_backends=[])
    def calls(self, request: Request, pk: str) -> Response:
        """The latest fifty calls, the newest first."""
        rows = self.get_object().calls.all()[:LATEST]
        return Response(IncomingCallSerializer(rows, many=True).data)
