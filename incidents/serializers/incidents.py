"""Incidents, their alerts and their timeline, as the API shows them."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone
from rest_framework import serializers

from incidents.models import Alert, Incident, Severity, TimelineEntry, User
from incidents.references import Reference, Strict, StrictModel

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
    priority = serializers.ChoiceField(Incident.Priority.choices, read_only=True, allow_blank=True)
    resolution = serializers.ChoiceField(
        Incident.Resolution.choices, read_only=True, allow_blank=True
    )
    acknowledge_due_at = serializers.DateTimeField(read_only=True, allow_null=True)
    resolve_due_at = serializers.DateTimeField(read_only=True, allow_null=True)
    suppressed_reason = serializers.CharField(
        read_only=True, help_text="Why nobody is told of it yet; empty where it is not suppressed."
    )
    suppressed_until = serializers.DateTimeField(
        read_only=True,
        allow_null=True,
        help_text="When that ends, or ended; null while it waits for something else.",
    )
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
            "severity",
            "priority",
            "service",
            "service_name",
            "assignee",
            "assignee_name",
            "source",
            "url",
            "conference_bridge",
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
            "changed_at",
            "acknowledge_due_at",
            "resolve_due_at",
            "portal_url",
        ]
        read_only_fields = fields

    def get_portal_url(self, incident: Any) -> str:
        return f"{settings.SITE_URL}{incident.get_absolute_url()}"


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


class EmptySerializer(Strict):
    """Nothing has to be said."""


class CommentSerializer(Strict):
    text = serializers.CharField(max_length=10_000)


class SnoozeSerializer(Strict):
    """A time, or minutes from now."""

    until = serializers.DateTimeField(required=False)
    minutes = serializers.IntegerField(
        min_value=1, max_value=60 * 24 * 90, required=False, write_only=True
    )
    reason = serializers.CharField(required=False, allow_blank=True, default="", max_length=1000)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("until" in attrs) == ("minutes" in attrs):
            raise serializers.ValidationError({"until": ["Write either until or minutes."]})
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
