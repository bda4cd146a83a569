"""Drills and how everybody answered."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from escalation.actions.drills import drill_results
from escalation.choices import DrillState
from escalation.models import Drill, Policy
from incidents.references import Part, Reference, StrictModel


class DrillResultSerializer(Part):
    """One person. ``outcome``: answered, silent, or unreachable (no address, or every message
    failed)."""

    user = serializers.IntegerField(source="user.pk")
    name = serializers.CharField(source="user")
    step = serializers.IntegerField()
    why = serializers.CharField()
    outcome = serializers.ChoiceField(["answered", "silent", "unreachable"])
    sent = serializers.ListField(child=serializers.CharField())
    failed = serializers.ListField(child=serializers.CharField())
    answered_at = serializers.DateTimeField(allow_null=True)
    answered_seconds = serializers.FloatField(source="answered_s", allow_null=True)


class DrillSerializer(StrictModel):
    """A test page of a policy to everybody whom it would page at that time."""

    policy = Reference(Policy)
    state = serializers.SerializerMethodField()
    results = serializers.SerializerMethodField()

    class Meta:
        model = Drill
        fields = [
            "id",
            "policy",
            "at",
            "is_announced",
            "message",
            "state",
            "began_at",
            "ended_at",
            "results",
        ]
        read_only_fields = ["began_at", "ended_at"]

    @extend_schema_field(serializers.ChoiceField(DrillState.choices))
    def get_state(self, row: Any) -> str:
        return str(row.state.value)

    @extend_schema_field(DrillResultSerializer(many=True))
    def get_results(self, row: Any) -> list[dict[str, Any]]:
        return list(DrillResultSerializer(drill_results(row), many=True).data)
