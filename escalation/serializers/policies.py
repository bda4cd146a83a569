"""Policies and response plays as whole documents."""

from typing import Any

from rest_framework import serializers

from escalation.choices import TargetKind
from escalation.models import Play, Policy, Schedule, Step, Target, Tier
from incidents.models import Team, TeamRole, User
from incidents.references import Part, Reference, Strict, StrictModel
from notifications.models import SharedChannel
from notifications.serializers.choices import ChannelField

MAX_STEPS = 50


class TargetSerializer(StrictModel):
    """Who a step tells. ``kind`` may be left out where the rest says it."""

    kind = serializers.ChoiceField(TargetKind.choices, required=False)
    user = Reference(User, by="email", required=False, allow_null=True)
    team = Reference(Team, required=False, allow_null=True)
    role = serializers.ChoiceField(TeamRole.choices, required=False, allow_blank=True)
    schedule = Reference(Schedule, required=False, allow_null=True)
    shared_channel = Reference(SharedChannel, required=False, allow_null=True)

    class Meta:
        model = Target
        fields = ["kind", "user", "team", "role", "schedule", "shared_channel"]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs["kind"] = TargetKind(attrs.get("kind") or _kind(attrs))
        needs = Target.NEEDS[attrs["kind"]]
        missing = [name for name in needs if not attrs.get(name)]
        if missing:
            words = f"A target of the kind {attrs['kind']} needs a {missing[0]}."
            raise serializers.ValidationError({missing[0]: [words]})
        # What the kind does not use would only mislead whoever reads it later.
        kept = {name: attrs[name] for name in needs}
        if attrs["kind"] in Target.MAY_HAVE_ROLE and attrs.get("role"):
            kept["role"] = attrs["role"]
        return {"kind": attrs["kind"], **kept}


def _kind(attrs: dict[str, Any]) -> TargetKind:
    if attrs.get("team"):
        return TargetKind.TEAM_ROLE if attrs.get("role") else TargetKind.TEAM
    if attrs.get("shared_channel"):
        return TargetKind.SHARED_CHANNEL
    if attrs.get("schedule"):
        return TargetKind.SCHEDULE
    if attrs.get("role") and not attrs.get("user"):
        return TargetKind.RECIPIENT_TEAMS
    return TargetKind.USER


class StepChannelSerializer(Strict):
    channel = ChannelField(having="for_people")
    after_minutes = serializers.IntegerField(min_value=0, max_value=1440, default=0)


class StepSerializer(Part, StrictModel):
    """``wait_seconds`` counts from the start of the run, later from the step before. Left out: 0
    for the first step, and 300 for each further one."""

    targets = TargetSerializer(many=True)
    step_channels = StepChannelSerializer(
        many=True, required=False, help_text="Empty: each person's own rules."
    )

    class Meta:
        model = Step
        fields = ["wait_seconds", "retries", "retry_seconds", "step_channels", "targets"]


class PolicySerializer(StrictModel):
    """An escalation policy. ``steps`` are written as a whole, in their order."""

    team = Reference(Team, required=False, allow_null=True)
    steps = StepSerializer(many=True, max_length=MAX_STEPS)  # type: ignore[call-arg]
    services = serializers.SerializerMethodField()

    class Meta:
        model = Policy
        fields = [
            "id",
            "name",
            "description",
            "team",
            "repeats",
            "pause_seconds",
            "stops_when",
            "acknowledgement_expires_minutes",
            "steps",
            "services",
            "created_at",
        ]

    def get_services(self, policy: Any) -> list[int]:
        return [row.service_id for row in policy.services.all()]


class TierSerializer(Part, StrictModel):
    users = Reference(User, by="email", many=True, required=False)
    teams = Reference(Team, many=True, required=False)

    class Meta:
        model = Tier
        fields = ["wait_seconds", "users", "teams"]


class PlaySerializer(StrictModel):
    """A response play. ``tiers`` are written as a whole, in their order."""

    tiers = TierSerializer(many=True, max_length=MAX_STEPS)  # type: ignore[call-arg]

    class Meta:
        model = Play
        fields = ["id", "name", "description", "tiers", "created_at"]
