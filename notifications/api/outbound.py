"""Outbound services, tickets, and what was sent to them."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from incidents.api.viewsets import ConfigRows, Rows
from incidents.errors import InvalidRequest
from incidents.responders import require_may_act
from incidents.serializers.incidents import EmptySerializer
from notifications.actions import outbound, outbound_settings
from notifications.api.outbound_filters import DeliveryFilter, TicketFilter
from notifications.models import OutboundDelivery, OutboundMethod, OutboundService, Ticket
from notifications.models.outbound import ADMINISTER
from notifications.serializers.outbound import (
    CallSerializer,
    OpenTicketSerializer,
    OutboundCheckSerializer,
    OutboundDeliverySerializer,
    OutboundServiceSerializer,
    TicketSerializer,
)
from opsportal.lib.net.errors import DeliveryError


class OutboundServiceViewSet(ConfigRows):
    """Ticket systems, and other services that take HTTP requests, which ``methods`` describe."""

    queryset = OutboundService.objects.none()
    serializer_class = OutboundServiceSerializer
    filterset_fields = ["name", "kind", "is_enabled"]
    search_fields = ["name"]
    ordering_fields = ["name", "id"]
    ordering = "name"
    entitlements = {"": ADMINISTER}

    def get_queryset(self) -> QuerySet[Any]:
        rows = OutboundService.objects.visible_to(self.me)
        return rows.prefetch_related("methods", "services")

    def write(self, row: Any, fields: dict[str, Any]) -> Any:
        return outbound_settings.write(row, **fields)

    @extend_schema(request=EmptySerializer, responses=OutboundCheckSerializer)
    @action(detail=True, methods=["post"])
    def check(self, request: Request, pk: str) -> Response:
        """Ask the service whether the settings work; nothing is changed there. 400 if not."""
        self.input(EmptySerializer)
        try:
            return Response({"detail": outbound_settings.check(self.get_object())})
        except DeliveryError as error:
            raise InvalidRequest(str(error)) from error


class TicketViewSet(Rows):
    """Tickets of incidents: at most one in each service."""

    queryset = Ticket.objects.none()
    serializer_class = TicketSerializer
    filterset_class = TicketFilter
    ordering_fields = ["id", "created_at"]
    ordering = "-id"
    scope = "incidents"
    entitlements = {"create": None}

    def get_queryset(self) -> QuerySet[Any]:
        return Ticket.objects.visible_to(self.me)

    @extend_schema(request=OpenTicketSerializer, responses={202: TicketSerializer})
    def create(self, request: Request) -> Response:
        """Open the ticket of an incident in a system. Asked for again, it is the same one."""
        wanted = self.input(OpenTicketSerializer)
        require_may_act(self.me, wanted["incident"])
        service, incident = wanted["outbound_service"], wanted["incident"]
        ticket = outbound.open_ticket(service, incident.pk, **self.actor)
        return self.answer(ticket, status=202)


class OutboundDeliveryViewSet(Rows):
    """What was sent to outbound services, with each request and its answer."""

    queryset = OutboundDelivery.objects.none()
    serializer_class = OutboundDeliverySerializer
    filterset_class = DeliveryFilter
    ordering_fields = ["id", "created_at"]
    ordering = "-id"
    scope = "incidents"
    entitlements = {"create": None, "redeliver": ADMINISTER}

    def get_queryset(self) -> QuerySet[Any]:
        return OutboundDelivery.objects.visible_to(self.me).prefetch_related("exchanges")

    @extend_schema(request=CallSerializer, responses={202: OutboundDeliverySerializer})
    def create(self, request: Request) -> Response:
        """Send a method of a service for an incident."""
        wanted = self.input(CallSerializer)
        require_may_act(self.me, wanted["incident"])
        methods = OutboundMethod.objects.visible_to(self.me).select_related("service")
        method = methods.filter(pk=wanted["method"]).first()
        if method is None:
            raise InvalidRequest("method: there is none with this id that you may see.")
        row = outbound.call(method, wanted["incident"].pk, **self.actor)
        return self.answer(row, status=202)

    @extend_schema(request=EmptySerializer, responses={202: OutboundDeliverySerializer})
    @action(detail=True, methods=["post"])
    def redeliver(self, request: Request, pk: str) -> Response:
        """Send again what ended."""
        self.input(EmptySerializer)
        return self.answer(outbound.redeliver(self.get_object().pk, self.me), status=202)
