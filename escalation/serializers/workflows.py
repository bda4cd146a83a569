"""Workflows as whole documents."""

from typing import Any

from rest_framework import serializers

from escalation.choices import WorkflowKind
from escalation.models import Condition, Play, Policy, Workflow, WorkflowAction
from escalation.workflows.editing import action_problem, timing_problem
from escalation.workflows.subjects import field_problem
from incidents.models import Service, User
from incidents.references import Part, Reference, Strict, StrictModel
from notifications.models import OutboundMethod, OutboundService, SharedChannel

MAX_PARTS = 20
MAX_TARGETS = 100


class WorkflowConditionSerializer(Part, StrictModel):
    """What has to hold; with ``stops`` what ends the repetition. An empty value is none."""

    class Meta:
        model = Condition
        fields = ["stops", "field", "operator", "value"]


class WorkflowActionSerializer(Part, StrictModel):
    """One action. Which fields it needs depends on its kind."""

    targets = serializers.ListField(
        child=serializers.CharField(max_length=60),
        required=False,
        max_length=MAX_TARGETS,
        help_text="Words such as user:3, team:5, team_role:5:primary, schedule:2, "
        "shared_channel:1.",
    )
    user = Reference(User, by="email", required=False, allow_null=True)
    policy = Reference(Policy, required=False, allow_null=True)
    play = Reference(Play, required=False, allow_null=True)
    service = Reference(Service, required=False, allow_null=True)
    shared_channel = Reference(SharedChannel, required=False, allow_null=True)
    outbound_method = Reference(OutboundMethod, required=False, allow_null=True)
    ticket_system = Reference(OutboundService, required=False, allow_null=True)

    class Meta:
        model = WorkflowAction
        fields = [
            "kind",
            "to_recipients",
            "to_owner",
            "to_sender",
            "to_managers",
            "targets",
            "subject",
            "text",
            "value",
            "user",
            "policy",
            "play",
            "service",
            "shared_channel",
            "outbound_method",
            "ticket_system",
        ]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs.setdefault("kind", WorkflowAction._meta.get_field("kind").get_default())
        if problem := action_problem(attrs):
            raise serializers.ValidationError({problem[0]: [problem[1]]})
        return attrs


class WorkflowSerializer(StrictModel):
    """A workflow. ``conditions`` and ``actions`` are written as a whole."""

    conditions = WorkflowConditionSerializer(
        many=True,
        required=False,
        max_length=MAX_PARTS,  # type: ignore[call-arg]
    )
    actions = WorkflowActionSerializer(
        many=True,
        required=False,
        max_length=MAX_PARTS,  # type: ignore[call-arg]
    )
    services = Reference(Service, many=True, required=False)
    policies = Reference(Policy, many=True, required=False)
    kind = serializers.ChoiceField(
        WorkflowKind.choices, read_only=True, help_text="What its trigger looks at."
    )

    class Meta:
        model = Workflow
        fields = [
            "id",
            "name",
            "description",
            "is_enabled",
            "kind",
            "trigger",
            "minutes",
            "matches_all",
            "repeat_minutes",
            "for_all",
            "services",
            "policies",
            "conditions",
            "actions",
            "created_at",
        ]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        known = {name: getattr(self.instance, name, None) for name in ("trigger", "minutes")}
        if known["trigger"] is None:
            known["trigger"] = Workflow._meta.get_field("trigger").get_default()
        if problem := timing_problem({**known, **attrs}):
            raise serializers.ValidationError({problem[0]: [problem[1]]})
        trigger = str({**known, **attrs}["trigger"])
        if sentence := field_problem(trigger, self._condition_fields(attrs)):
            raise serializers.ValidationError({"conditions": [sentence]})
        return attrs

    def _condition_fields(self, attrs: dict[str, Any]) -> list[str]:
        if "conditions" in attrs or self.instance is None:
            return [row["field"] for row in attrs.get("conditions", ())]
        return [row.field for row in self.instance.conditions.all()]


class RunWorkflowSerializer(Strict):
    """The workflow that is to be run."""

    workflow = Reference(Workflow)
