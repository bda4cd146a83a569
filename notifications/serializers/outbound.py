"""Outbound services, tickets and what was sent to them, as the API shows and takes them."""

from typing import Any

from rest_framework import serializers

from incidents.models import Incident, Service
from incidents.references import Part, Reference, Strict, StrictModel, UnreadableSecretsField
from notifications.actions import outbound_settings
from notifications.channel_config import shown_by
from notifications.models import (
    OutboundDelivery,
    OutboundExchange,
    OutboundMethod,
    OutboundService,
    Ticket,
)
from notifications.models.outbound import ADMINISTER
from notifications.outbound import all_systems, find_system
from notifications.serializers.choices import ConfigField
from opsportal.lib.encryption import readable

MAX_METHODS = 30


class OutboundMethodSerializer(Part, StrictModel):
    """One request of a service. Placeholders such as ``<IncidentId>`` are filled when it is
    sent."""

    class Meta:
        model = OutboundMethod
        fields = [
            "id",
            "name",
            "verb",
            "path",
            "body_type",
            "headers",
            "body",
            "remember_id",
            "remember_url",
            "on_opened",
            "on_acknowledged",
            "on_assigned",
            "on_updated",
            "on_resolved",
            "on_reopened",
        ]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if problem := outbound_settings.method_problem(attrs):
            raise serializers.ValidationError({problem[0]: [problem[1]]})
        return attrs


class OutboundServiceSerializer(StrictModel):
    """Secrets in ``config`` are shown as asterisks; sent so, or not at all, they stay. ``methods``
    are written as a whole. Those who respond see names alone."""

    kind = serializers.CharField(
        max_length=40, help_text=f"One of {', '.join(all_systems())}; it stays what it is."
    )
    config = ConfigField(required=False)
    methods = OutboundMethodSerializer(many=True, required=False, max_length=MAX_METHODS)  # type: ignore[call-arg]
    services = Reference(Service, many=True, required=False)
    unreadable_secrets = UnreadableSecretsField()
    webhook_url = serializers.SerializerMethodField()

    class Meta:
        model = OutboundService
        fields = [
            "id",
            "kind",
            "name",
            "config",
            "unreadable_secrets",
            "is_enabled",
            "services",
            "creates",
            "resolves",
            "reopens",
            "acknowledges",
            "sends_comments",
            "takes_comments",
            "webhook_url",
            "methods",
        ]

    def get_webhook_url(self, row: OutboundService) -> str:
        """Where a ticket system says what happens to tickets; "" for who does not administer it."""
        return outbound_settings.webhook_url(row) if self._shows_all() else ""

    def to_representation(self, row: Any) -> dict[str, Any]:
        system, config = find_system(row.kind), readable(row, "config", {})
        shown = shown_by(system, config) if system and self._shows_all() else {}
        found = {**super().to_representation(row), "config": shown}
        if self._shows_all():
            return found
        names = [{"id": one["id"], "name": one["name"]} for one in found["methods"]]
        return {**found, "methods": names}

    def _shows_all(self) -> bool:
        request = self.context.get("request")
        return request is None or request.user.has_perm(ADMINISTER)


class OutboundCheckSerializer(serializers.Serializer[Any]):
    """What a service said."""

    detail = serializers.CharField(read_only=True)


class OutboundExchangeSerializer(StrictModel):
    """One request and its answer, without secrets. ``status`` 0: no answer came."""

    class Meta:
        model = OutboundExchange
        fields = ["at", "request", "status", "answer", "duration_ms", "error"]


class OutboundDeliverySerializer(StrictModel):
    """What was sent to a service, or is about to be. Requests are for those who administer it."""

    outbound_service = Reference(source="service", read_only=True)
    exchanges = OutboundExchangeSerializer(many=True, read_only=True)

    class Meta:
        model = OutboundDelivery
        fields = [
            "id",
            "outbound_service",
            "incident",
            "operation",
            "method",
            "ticket",
            "name",
            "delivery_id",
            "is_redelivery",
            "by",
            "via",
            "state",
            "tries",
            "due_at",
            "error",
            "created_at",
            "done_at",
            "exchanges",
        ]

    def to_representation(self, row: Any) -> dict[str, Any]:
        found, request = super().to_representation(row), self.context.get("request")
        may = request is None or request.user.has_perm(ADMINISTER)
        return found if may else {**found, "exchanges": []}


class CallSerializer(Strict):
    """Send a method of an incident."""

    method = serializers.IntegerField(min_value=1)
    incident = Reference(Incident, by="pk")


class TicketSerializer(StrictModel):
    """What an incident is in an outbound service. ``key`` is empty until the ticket is opened."""

    outbound_service = Reference(source="service", read_only=True)

    class Meta:
        model = Ticket
        fields = [
            "id",
            "incident",
            "outbound_service",
            "external_id",
            "key",
            "url",
            "state",
            "status",
            "created_at",
        ]


class OpenTicketSerializer(Strict):
    """Open a ticket for an incident."""

    outbound_service = Reference(OutboundService)
    incident = Reference(Incident, by="pk")
