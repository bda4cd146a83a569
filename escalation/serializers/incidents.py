"""An incident with everything that belongs to it."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from escalation.models import IncidentTemplate, Play, Policy, Run
from escalation.policies.recipients import Recipients
from incidents import acknowledgement_rules
from incidents.models import Service, Severity, Team, Topic, User
from incidents.references import Reference, Strict, StrictModel
from incidents.related_incidents import related_incidents
from incidents.serializers.incidents import (
    AlertSerializer,
    IncidentSerializer,
    OpenSerializer,
    TimelineSerializer,
)
from incidents.serializers.merging import RelatedIncidentSerializer
from incidents.serializers.responders import ResponderRequestSerializer
from notifications.serializers.contacts import NotificationSerializer


class RecipientsSerializer(Strict):
    """Whom a person chooses beside the policy; told with the first step."""

    users = Reference(User, by="email", many=True, required=False)
    teams = Reference(Team, many=True, required=False, help_text="Their primary role.")
    topics = Reference(Topic, many=True, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        named = {name: attrs.pop(name, ()) for name in ("users", "teams", "topics")}
        return {**attrs, "recipients": Recipients(**named)}


class OpenIncidentSerializer(RecipientsSerializer, OpenSerializer):
    """An incident opened by hand."""

    title = serializers.CharField(max_length=1024, required=False)
    severity = serializers.ChoiceField(Severity.choices, required=False)
    service = Reference(Service, required=False)
    policy = Reference(
        Policy, required=False, allow_null=True, help_text="Left out: the service's."
    )
    template = Reference(
        IncidentTemplate, required=False, help_text="It says what is left out here."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        template = attrs.pop("template", None)
        if template is not None:
            attrs = {**template.fields, **{name: v for name, v in attrs.items() if v != ""}}
        missing = [name for name in ("title", "service") if not attrs.get(name)]
        if missing:
            raise serializers.ValidationError(
                {name: ["This field is required."] for name in missing}
            )
        attrs.setdefault("severity", Severity.CRITICAL)
        return super().validate(attrs)


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
            "cause",
            "state",
            "position",
            "repeat",
            "retry",
            "next_step_at",
            "started_at",
            "finished_at",
            "outcome",
        ]


class PromoteSerializer(RecipientsSerializer):
    """The policy that pages from now on, and whom it tells beside."""

    policy = Reference(Policy)


class RunPlaySerializer(Strict):
    play = Reference(Play)


class IncidentDetailSerializer(IncidentSerializer):
    """The newest 200 alerts and notifications; all of them are in lists of their own."""

    runs = RunSerializer(many=True, read_only=True)
    timeline = TimelineSerializer(many=True, read_only=True)
    alerts = AlertSerializer(source="newest_alerts", many=True, read_only=True)
    notifications = NotificationSerializer(source="newest_notifications", many=True, read_only=True)

    responders = ResponderRequestSerializer(source="responder_requests", many=True, read_only=True)
    topics = Reference(Topic, many=True, read_only=True)
    watchers = serializers.SerializerMethodField(help_text="The ids of who is told of updates.")
    acknowledgements = serializers.SerializerMethodField(
        help_text="Who has acknowledged in this round, where several people have to."
    )
    acknowledgements_wanted = serializers.SerializerMethodField()
    links = serializers.SerializerMethodField(help_text="Of those that you may see.")

    class Meta(IncidentSerializer.Meta):
        fields = [
            *IncidentSerializer.Meta.fields,
            "topics",
            "responders",
            "watchers",
            "acknowledgements",
            "acknowledgements_wanted",
            "links",
            "runs",
            "timeline",
            "alerts",
            "notifications",
        ]

    def get_acknowledgements(self, incident: Any) -> list[int]:
        rows = incident.acknowledgements.all()
        return [row.user_id for row in rows if row.paging_round == incident.paging_round]

    def get_acknowledgements_wanted(self, incident: Any) -> int:
        return acknowledgement_rules.wanted(incident)

    def get_watchers(self, incident: Any) -> list[int]:
        return [row.user_id for row in incident.watchers.all()]

    @extend_schema_field(RelatedIncidentSerializer(many=True))
    def get_links(self, incident: Any) -> Any:
        found = related_incidents(incident, self.context["request"].user)
        return RelatedIncidentSerializer(found, many=True).data
