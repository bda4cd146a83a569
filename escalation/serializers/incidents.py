"""An incident with everything that belongs to it."""

from rest_framework import serializers

from escalation.models import Policy, Run
from incidents.models import Service
from incidents.references import Reference, StrictModel
from incidents.serializers.incidents import (
    AlertSerializer,
    IncidentSerializer,
    OpenSerializer,
    TimelineSerializer,
)
from notifications.serializers.contacts import NotificationSerializer


class OpenIncidentSerializer(OpenSerializer):
    """An incident opened by hand."""

    service = Reference(Service)
    policy = Reference(
        Policy, required=False, allow_null=True, help_text="Left out: the service's."
    )


class RunSerializer(StrictModel):
    """The run of an incident through a policy or play: where it stands, and when it goes on."""

    name = serializers.CharField(source="plan_json.name", default="", read_only=True)

    class Meta:
        model = Run
        fields = [
            "id",
            "paging_round",
            "name",
            "policy",
            "play",
            "state",
            "position",
            "repeat",
            "retry",
            "next_step_at",
            "started_at",
            "finished_at",
            "outcome",
        ]


class IncidentDetailSerializer(IncidentSerializer):
    """The newest 200 alerts and notifications; all of them are in lists of their own."""

    runs = RunSerializer(many=True, read_only=True)
    timeline = TimelineSerializer(many=True, read_only=True)
    alerts = AlertSerializer(source="newest_alerts", many=True, read_only=True)
    notifications = NotificationSerializer(source="newest_notifications", many=True, read_only=True)

    class Meta(IncidentSerializer.Meta):
        fields = [*IncidentSerializer.Meta.fields, "runs", "timeline", "alerts", "notifications"]
