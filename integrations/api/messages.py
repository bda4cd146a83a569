"""The inbound log."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from incidents.api.viewsets import Rows
from incidents.permissions import require_scope
from integrations.api.filters import MessageFilter
from integrations.api.serializers.messages import (
    MessageDetailSerializer,
    MessageSerializer,
    ReplayAnswerSerializer,
    ReplaySerializer,
    TraceSerializer,
)
from integrations.engine.trace import to_json, trace_of
from integrations.models import ADMINISTER, InboundMessage
from integrations.setup import replay as integration_replay


class MessageViewSet(Rows):
    """Every request as it came, and what became of it."""

    queryset = InboundMessage.objects.none()
    serializer_class = MessageSerializer
    filterset_class = MessageFilter
    search_fields = ["subject", "source_name", "source_id"]
    ordering_fields = ["id", "received_at"]
    ordering = "-id"
    scope = "messages"
    scopes = {"replay": "messages:read"}
    entitlements = {"": ADMINISTER}

    def get_serializer_class(self) -> Any:
        return MessageSerializer if self.action == "list" else MessageDetailSerializer

    def get_queryset(self) -> QuerySet[Any]:
        rows = InboundMessage.objects.visible_to(self.me).select_related("integration")
        return rows.without_payload() if self.action == "list" else rows.select_related("forward")

    @extend_schema(responses=TraceSerializer, filters=False)
    @action(detail=True, pagination_class=None, filterset_class=None)
    def trace(self, request: Request, pk: int) -> Response:
        """Its whole way: integration, rule, alert, incident, who was told, or why not."""
        return Response(to_json(trace_of(self.get_object(), self.me)))

    @extend_schema(request=ReplaySerializer, responses=ReplayAnswerSerializer)
    @action(detail=True, methods=["post"])
    def replay(self, request: Request, pk: int) -> Response:
        """The message once more, by today's rules: dry, or for real (scope ``config:write``)."""
        message, dry = self.get_object(), self.input(ReplaySerializer)["dry"]
        if not dry:
            require_scope(request, "config:write")
        if dry:
            results = [one.to_json() for one in integration_replay.dry_run(message.pk)]
            return Response({"dry": True, "results": results, "message": None})
        copy = integration_replay.replay(message.pk)
        shown = MessageDetailSerializer(copy).data
        return Response({"dry": False, "results": copy.results, "message": shown}, status=201)
