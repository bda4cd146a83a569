"""Live call routing, as the API shows and takes it."""

from typing import Any

from rest_framework import serializers

from escalation.models import CallRoute, IncomingCall, Policy, Schedule
from incidents.models import Service
from incidents.references import Reference, StrictModel
from notifications.models import Provider
from notifications.providers import find_provider

NOT_BOTH = "Choose a schedule or a policy, and not both."


class CallRouteSerializer(StrictModel):
    """``url`` is where the provider asks what to do with a call: whoever knows it still has to
    sign as the provider does."""

    provider = Reference(Provider)
    schedule = Reference(Schedule, required=False, allow_null=True)
    policy = Reference(Policy, required=False, allow_null=True)
    service = Reference(Service)
    url = serializers.CharField(read_only=True)
    event_url = serializers.CharField(read_only=True)

    class Meta:
        model = CallRoute
        fields = [
            "id",
            "name",
            "provider",
            "number",
            "schedule",
            "policy",
            "service",
            "greeting",
            "ring_seconds",
            "is_enabled",
            "refused_count",
            "url",
            "event_url",
        ]
        read_only_fields = ["refused_count"]

    def validate_provider(self, row: Provider) -> Provider:
        found = find_provider(row.channel, row.kind)
        if found is None or found.calls is None:
            raise serializers.ValidationError("Its calls cannot be routed: choose another account.")
        return row

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        found = [
            attrs.get(name, getattr(self.instance, name, None)) for name in ("schedule", "policy")
        ]
        if sum(one is not None for one in found) != 1:
            raise serializers.ValidationError({"schedule": [NOT_BOTH]})
        return attrs


class IncomingCallSerializer(serializers.ModelSerializer[Any]):
    """A call that came in, and what became of it."""

    class Meta:
        model = IncomingCall
        fields = [
            "id",
            "caller",
            "state",
            "incident",
            "accepted_by",
            "recording_s",
            "transcript",
            "started_at",
            "ended_at",
        ]
        read_only_fields = fields
