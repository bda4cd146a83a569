"""Incidents with their paging."""

from typing import Any, ClassVar

from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from escalation.actions import escalate as escalation_escalate
from escalation.actions import restart, start
from escalation.serializers.incidents import IncidentDetailSerializer, OpenIncidentSerializer
from incidents.api.incidents import IncidentRows
from incidents.models import Alert, TimelineEntry
from incidents.serializers.incidents import AssignSerializer, EmptySerializer, NoteSerializer
from notifications.models import Notification

RELATED_LIMIT = 200


class IncidentViewSet(IncidentRows):
    """Incidents. ``id`` is the number that people say on the phone."""

    entitlements: ClassVar[dict[str, str | None]] = {
        **IncidentRows.entitlements,
        "create": "incidents.Messages_Send_GlobalAccess",
    }
    acts = {
        **IncidentRows.acts,
        "escalate": (EmptySerializer, escalation_escalate.escalate),
        "reopen": (NoteSerializer, restart.reopen),
        "start_again": (EmptySerializer, escalation_escalate.start_again),
        "page": (AssignSerializer, escalation_escalate.page_person),
    }

    def get_serializer_class(self) -> type[BaseSerializer[Any]]:
        return super().get_serializer_class() if self.action == "list" else IncidentDetailSerializer

    def shown(self) -> QuerySet[Any]:
        told = Notification.objects.select_related("user").prefetch_related("attempts")
        return self.get_queryset().prefetch_related(
            "runs",
            Prefetch("timeline", TimelineEntry.objects.select_related("by")),
            Prefetch("alerts", Alert.objects.all()[:RELATED_LIMIT], to_attr="newest_alerts"),
            Prefetch("notifications", told[:RELATED_LIMIT], to_attr="newest_notifications"),
        )

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self.answer(self.get_object())

    @extend_schema(request=OpenIncidentSerializer, responses={201: IncidentDetailSerializer})
    def create(self, request: Request) -> Response:
        """Open an incident by hand; it pages as any other."""
        fields = self.input(OpenIncidentSerializer)
        service, title = fields.pop("service"), fields.pop("title")
        incident = start.open_incident(service, title, **fields, **self.actor)
        return self.answer(incident, status=201)

    @extend_schema(request=EmptySerializer)
    @action(detail=True, methods=["post"])
    def escalate(self, request: Request, pk: str) -> Response:
        """Take the next step of the policy now."""
        return self.act("escalate")

    @extend_schema(request=EmptySerializer)
    @action(detail=True, methods=["post"])
    def start_again(self, request: Request, pk: str) -> Response:
        """After the last step: page again, from the first step."""
        return self.act("start_again")

    @extend_schema(request=AssignSerializer)
    @action(detail=True, methods=["post"])
    def page(self, request: Request, pk: str) -> Response:
        """Page one person now, by their own rules, whoever has the incident."""
        return self.act("page")

    @extend_schema(request=NoteSerializer)
    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, pk: str) -> Response:
        """It is not over: page again, from the first step."""
        return self.act("reopen")
