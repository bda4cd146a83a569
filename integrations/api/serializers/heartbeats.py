"""Heartbeats, as the API shows and takes them: inside their integration."""

from typing import Any

from django.utils import timezone
from rest_framework import serializers

from incidents.references import Part, StrictModel
from integrations.heartbeats.schedule import State, state_of
from integrations.models import Heartbeat

WRITABLE = ["every_seconds", "cron", "time_zone", "grace_seconds", "starts_immediately"]
READ_ONLY = ["last_ping_at", "due_at", "alert_after", "down_since", "down_reason"]
READ_ONLY += ["is_paused", "run_started_at", "last_run_seconds"]


class HeartbeatSerializer(Part, StrictModel):
    """An interval or a cron expression; the one that is written takes the place of the other."""

    every_seconds = serializers.IntegerField(required=False, allow_null=True, min_value=1)
    cron = serializers.CharField(
        required=False, allow_blank=True, max_length=200, help_text="Five fields: 0 3 * * 1-5."
    )
    time_zone = serializers.CharField(required=False, max_length=64)
    grace_seconds = serializers.IntegerField(
        required=False, min_value=0, help_text="So late a ping may be before people are told."
    )
    starts_immediately = serializers.BooleanField(
        required=False, help_text="Else monitoring starts with the first ping."
    )
    state = serializers.SerializerMethodField()

    class Meta:
        model = Heartbeat
        fields = ["state", *WRITABLE, *READ_ONLY]
        read_only_fields = READ_ONLY

    def get_state(self, row: Any) -> State:
        if not row.integration.is_enabled:
            return State.PAUSED
        return state_of(row, timezone.now())
