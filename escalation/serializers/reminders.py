"""What a person is told of their shifts."""

from typing import Any

from rest_framework import serializers

from escalation.actions.reminders import MAX_REMINDERS
from escalation.models.reminders import MAX_BEFORE_MINUTES
from incidents.references import Part, Strict
from notifications.models.contact_method import channel_choices


class ReminderSerializer(Part):
    """So many minutes before a shift, by the person's addresses on a channel."""

    minutes_before = serializers.IntegerField(min_value=0, max_value=MAX_BEFORE_MINUTES)
    channel = serializers.CharField(default="email", max_length=40)

    def validate_channel(self, value: str) -> str:
        if value not in dict(channel_choices()):
            raise serializers.ValidationError("There is no such channel.")
        return value


class OnCallSettingsSerializer(Strict):
    """What one is told of one's shifts, as a whole."""

    reminders = ReminderSerializer(many=True, max_length=MAX_REMINDERS)  # type: ignore[call-arg]
    tells_changes = serializers.BooleanField(
        default=True, help_text="When one is put on call or relieved."
    )
    tells_starts = serializers.BooleanField(default=True, help_text="When one takes over.")
    tells_ends = serializers.BooleanField(default=True, help_text="When one's shift is over.")

    def validate_reminders(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if len({row["minutes_before"] for row in rows}) < len(rows):
            raise serializers.ValidationError("Two are at the same time before.")
        return rows
