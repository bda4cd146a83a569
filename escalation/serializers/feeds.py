"""Calendars that people subscribe to."""

from typing import Any

from rest_framework import serializers

from escalation.choices import FeedKind
from escalation.models import Feed, Schedule
from incidents.references import Reference, StrictModel


class FeedSerializer(StrictModel):
    """A calendar of one's own. Its address is known only when it is made or replaced."""

    schedule = Reference(Schedule, required=False, allow_null=True, default=None)
    kind = serializers.ChoiceField(FeedKind.choices, default=FeedKind.MINE)

    class Meta:
        model = Feed
        fields = ["id", "schedule", "kind", "made_at", "last_used_at", "last_agent", "revoked_at"]
        read_only_fields = ["made_at", "last_used_at", "last_agent", "revoked_at"]
        validators: list[Any] = []


class NewFeedSerializer(FeedSerializer):
    """With the address, which is shown only this once."""

    address = serializers.URLField(read_only=True)

    class Meta(FeedSerializer.Meta):
        fields = [*FeedSerializer.Meta.fields, "address"]
