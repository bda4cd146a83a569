"""Policies and response plays as whole documents."""

from typing import Any

from rest_framework import serializers

from escalation.choices import TargetKind
from escalation.models import Play, Policy, RoundRobin, Schedule, Step, Target, Tier
from escalation.plans import conditions
from incidents.models import Team, TeamRole, User
from incidents.references import Part, Reference, Strict, StrictModel
from incidents.serializers.services import TargetRowSerializer
from incidents.sla_targets import MAX_ROWS
from notifications.choices import ChannelKind
from notifications.models import SharedChannel
from notifications.response_options import check_response_buttons
from notifications.serializers.choices import ChannelField

MAX_STEPS = 50
MAX_CONDITIONS = 10


class TargetSerializer(StrictModel):
    """Who a step tells. ``kind`` may be left out where the rest says it."""

    kind = serializers.ChoiceField(TargetKind.choices, required=False)
    user = Reference(User, by="email", required=False, allow_null=True)
    team = Reference(Team, required=False, allow_null=True)
    role = serializers.ChoiceField(TeamRole.choices, required=False, allow_blank=True)
    schedule = Reference(
        Schedule,
        required=False,
        allow_null=True,
        help_text="With the kind `schedule_next` or `schedule_previous` the people of the shift "
        "after or before.",
    )
    round_robin = Reference(RoundRobin, required=False, allow_null=True)
    shared_channel = Reference(SharedChannel, required=False, allow_null=True)

    class Meta:
        model = Target
        fields = ["kind", "user", "team", "role", "schedule", "round_robin", "shared_channel"]

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
    if attrs.get("round_robin"):
        return TargetKind.ROUND_ROBIN
    if attrs.get("role") and not attrs.get("user"):
        return TargetKind.RECIPIENT_TEAMS
    return TargetKind.USER


class StepChannelSerializer(Strict):
    channel = ChannelField(having="for_people")
    after_minutes = serializers.IntegerField(min_value=0, max_value=1440, default=0)


class ConditionSerializer(Strict):
    """``value``: high or low; a severity; a priority; minutes since it opened; a number of alerts;
    or hours, such as ``mon-fri 08:00-18:00 Europe/Berlin``."""

    field = serializers.ChoiceField(list(conditions.OPERATORS))
    operator = serializers.ChoiceField(["is", "at_least", "at_most", "within", "outside"])
    value = serializers.CharField(max_length=400)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        try:
            found = conditions.check_condition(conditions.Condition(**attrs))
        except ValueError as error:
            raise serializers.ValidationError(str(error)) from error
        return {"field": found.field, "operator": found.operator, "value": found.value}


class StepSerializer(Part, StrictModel):
    """``wait_seconds`` counts from the start of the run, later from the step before. Left out: 0
    for the first step, and 300 for each further one."""

    targets = TargetSerializer(many=True)
    step_channels = StepChannelSerializer(
        many=True, required=False, help_text="Empty: each person's own rules."
    )

    when = ConditionSerializer(  # type: ignore[call-arg]
        many=True,
        required=False,
        max_length=MAX_CONDITIONS,
        help_text="All of these hold when the step is due, or it is skipped.",
    )

    class Meta:
        model = Step
        fields = [
            "wait_seconds",
            "when",
            "waits_for_hours",
            "retries",
            "retry_seconds",
            "member_wait_seconds",
            "required_acknowledgements",
            "step_channels",
            "targets",
        ]


class PolicySerializer(StrictModel):
    """An escalation policy. ``steps`` are written as a whole, in their order."""

    team = Reference(Team, required=False, allow_null=True)
    steps = StepSerializer(many=True, max_length=MAX_STEPS)  # type: ignore[call-arg]
    sla_targets = TargetRowSerializer(
        many=True,
        required=False,
        max_length=MAX_ROWS,  # type: ignore[call-arg]
        help_text="They come before those of the service.",
    )
    response_buttons = serializers.DictField(
        child=serializers.ListField(child=serializers.ChoiceField(list(ChannelKind))),
        required=False,
        validators=[check_response_buttons],
        help_text="For each answer (acknowledge, assign, escalate, resolve, snooze) the kinds of "
        "channels that offer it, and take it. An answer that is left out is offered by all.",
    )
    services = serializers.SerializerMethodField()

    class Meta:
        model = Policy
        fields = [
            "id",
            "name",
            "description",
            "team",
            "priority",
            "is_enabled",
            "quick_launch",
            "repeats",
            "pause_seconds",
            "stops_when",
            "acknowledgement_expires_minutes",
            "low_urgency_expires",
            "activity_postpones_expiry",
            "low_waits_for_hours",
            "sla_targets",
            "response_buttons",
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
