"""Incidents, their alerts and their timeline, as the API shows them."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone
from rest_framework import serializers

from incidents.choices import SlaState
from incidents.custom_fields import MAX_TAG, MAX_TAGS
from incidents.models import (
    Alert,
    Incident,
    Service,
    Severity,
    Team,
    TimelineEntry,
    Urgency,
    User,
)
from incidents.references import JsonObject, Part, Reference, Strict, StrictModel

MAX_IDS = 200


class TimelineSerializer(StrictModel):
    by_name = serializers.CharField(source="by", default=None, read_only=True, allow_null=True)

    class Meta:
        model = TimelineEntry
        fields = ["id", "at", "verb", "text", "by", "by_name", "via", "facts"]


class AlertSerializer(StrictModel):
    is_open = serializers.SerializerMethodField()

    class Meta:
        model = Alert
        fields = [
            "id",
            "incident",
            "service",
            "title",
            "severity",
            "is_open",
            "count",
            "key",
            "dedup_key",
            "source",
            "source_name",
            "source_id",
            "source_status",
            "short_text",
            "long_text",
            "url",
            "attributes",
            "opened_at",
            "last_seen_at",
            "closed_at",
            "expires_at",
            "suppressed_by",
        ]

    def get_is_open(self, alert: Any) -> bool:
        return alert.closed_at is None


class IncidentSerializer(StrictModel):
    """A row of the list. ``id`` is the number that people say on the phone."""

    service_name = serializers.CharField(source="service.name", read_only=True)
    assignee_name = serializers.CharField(
        source="assignee", default=None, read_only=True, allow_null=True
    )
    team_name = serializers.CharField(source="team", default=None, read_only=True, allow_null=True)
    is_urgency_fixed = serializers.BooleanField(
        read_only=True, help_text="A person has chosen the urgency: no rule changes it."
    )
    priority = serializers.ChoiceField(Incident.Priority.choices, read_only=True, allow_blank=True)
    resolution = serializers.ChoiceField(
        Incident.Resolution.choices, read_only=True, allow_blank=True
    )
    sla_state = serializers.ChoiceField(
        SlaState.choices,
        read_only=True,
        allow_blank=True,
        help_text="Whether it is within its service level; empty where it has no target.",
    )
    suppressed_reason = serializers.CharField(
        read_only=True, help_text="Why nobody is told of it yet; empty where it is not suppressed."
    )
    suppressed_until = serializers.DateTimeField(
        read_only=True,
        allow_null=True,
        help_text="When that ends, or ended; null while it waits for something else.",
    )
    is_private = serializers.BooleanField(
        read_only=True, help_text="Seen by who responds to it, its team, and its watchers."
    )
    tags = serializers.ListField(child=serializers.CharField(), read_only=True)
    custom_fields = JsonObject(read_only=True, help_text="Values, by the key of the field.")
    group = serializers.CharField(
        source="group_key", read_only=True, help_text="New alerts of this group join it."
    )
    portal_url = serializers.SerializerMethodField(help_text="Its page, for people.")

    class Meta:
        model = Incident
        fields = [
            "id",
            "title",
            "description",
            "status",
            "urgency",
            "is_urgency_fixed",
            "severity",
            "priority",
            "service",
            "service_name",
            "assignee",
            "assignee_name",
            "team",
            "team_name",
            "source",
            "url",
            "conference_bridge",
            "is_private",
            "tags",
            "custom_fields",
            "is_test",
            "closes_at",
            "paging_round",
            "opened_at",
            "acknowledged_at",
            "assigned_at",
            "snoozed_until",
            "suppressed_reason",
            "suppressed_until",
            "group",
            "group_until",
            "resolved_at",
            "resolution",
            "merged_into",
            "changed_at",
            "acknowledge_due_at",
            "resolve_due_at",
            "sla_state",
            "acknowledge_breached_at",
            "resolve_breached_at",
            "resolve_remaining_s",
            "portal_url",
        ]
        read_only_fields = fields

    def get_portal_url(self, incident: Any) -> str:
        return f"{settings.SITE_URL}{incident.get_absolute_url()}"


class TagsField(serializers.ListField):
    """Tags, which are kept in lower case."""

    child = serializers.CharField(max_length=MAX_TAG)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=MAX_TAGS, **kwargs)


class NoteSerializer(Strict):
    note = serializers.CharField(required=False, allow_blank=True, default="", max_length=10_000)


class ResolveSerializer(NoteSerializer):
    cancelled = serializers.BooleanField(
        default=False, help_text="It never was a problem: closed, and counted apart."
    )


class PersonReference(Reference):
    """A person who can still log in, by id, e-mail address or as ``me``."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(User, by="email", queryset=User.objects.active(), **kwargs)

    def to_internal_value(self, data: Any) -> Any:
        return self.context["request"].user if data == "me" else super().to_internal_value(data)


class AssignSerializer(Strict):
    user = PersonReference()


class WatchSerializer(Strict):
    user = PersonReference(required=False, help_text="Left out: you.")


class AssignTeamSerializer(Strict):
    team = Reference(Team, allow_null=True, help_text="null takes it from its team.")


class EditableSerializer(Strict):
    """What a person may say anew of an incident."""

    title = serializers.CharField(max_length=1024, required=False)
    description = serializers.CharField(required=False, allow_blank=True, max_length=100_000)
    severity = serializers.ChoiceField(Severity.choices, required=False)
    urgency = serializers.ChoiceField(
        Urgency.choices, required=False, help_text="It stays, whatever rules say later."
    )
    priority = serializers.ChoiceField(Incident.Priority.choices, required=False, allow_blank=True)
    service = Reference(Service, required=False)
    is_private = serializers.BooleanField(required=False)
    tags = TagsField(required=False)


class ExpectedSerializer(Part, EditableSerializer):
    """The values that the change was made of: 409 where one is another by now."""


class EditSerializer(EditableSerializer):
    custom_fields = JsonObject(required=False, help_text="By key or name; null takes a value away.")
    expected = ExpectedSerializer(required=False)


class EmptySerializer(Strict):
    """Nothing has to be said."""


class CommentSerializer(Strict):
    text = serializers.CharField(max_length=10_000)


class SnoozeSerializer(Strict):
    """A time, minutes from now, or a choice of the menu."""

    until = serializers.DateTimeField(required=False)
    minutes = serializers.IntegerField(
        min_value=1, max_value=60 * 24 * 30, required=False, write_only=True
    )
    choice = serializers.ChoiceField(
        ["support_hours", "next_shift"],
        required=False,
        write_only=True,
        help_text="Until the support hours of the service, or the next shift of the caller.",
    )
    reason = serializers.CharField(required=False, allow_blank=True, default="", max_length=1000)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if len(attrs.keys() & {"until", "minutes", "choice"}) != 1:
            raise serializers.ValidationError({"until": ["Write one of until, minutes, choice."]})
        if minutes := attrs.pop("minutes", None):
            attrs["until"] = timezone.now() + timedelta(minutes=minutes)
        return attrs


class OpenSerializer(Strict):
    title = serializers.CharField(max_length=1024)
    description = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=100_000
    )
    severity = serializers.ChoiceField(Severity.choices, default=Severity.CRITICAL)
    priority = serializers.ChoiceField(
        Incident.Priority.choices, required=False, allow_blank=True, default=""
    )
    is_private = serializers.BooleanField(required=False)
    tags = TagsField(required=False)
    custom_fields = JsonObject(required=False, help_text="By key or name.")


class BulkSerializer(Strict):
    """One action for many incidents; what else the action takes stands beside it."""

    ids = serializers.ListField(
        child=serializers.IntegerField(min_value=1), min_length=1, max_length=MAX_IDS
    )
    action = serializers.CharField()


class BulkResultSerializer(Strict):
    id = serializers.IntegerField()
    ok = serializers.BooleanField()
    status = serializers.ChoiceField(Incident.Status.choices, required=False)
    code = serializers.CharField(required=False)
    detail = serializers.CharField(required=False)


class BulkAnswerSerializer(Strict):
    results = BulkResultSerializer(many=True)
