"""Maintenance windows, as the API shows and takes them."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from incidents.models import Service
from incidents.references import Reference, Strict, StrictModel
from integrations.maintenance.matching import state_of, timetable_of
from integrations.models import Integration, MaintenanceWindow
from notifications.models import StatusPage
from opsportal.lib.weekly_hours import DAYS

NEXT_FEW = 5


class OccurrenceSerializer(Strict):
    start = serializers.DateTimeField()
    end = serializers.DateTimeField()


class EndSerializer(Strict):
    """``series``: all of it, and not only its present occurrence."""

    series = serializers.BooleanField(default=False)


class WindowSerializer(StrictModel):
    """A window for services and integrations, or for everything; recurring ones repeat the times
    of ``starts_at`` and ``ends_at`` by the clock of ``time_zone``."""

    services = Reference(Service, many=True, required=False)
    integrations = Reference(Integration, many=True, required=False)
    status_pages = Reference(StatusPage, many=True, required=False)
    weekdays = serializers.ListField(
        child=serializers.ChoiceField(choices=DAYS), required=False, help_text="For weekly."
    )
    conditions = serializers.ListField(
        child=serializers.DictField(),
        required=False,
        help_text="Rows over the fields of an alert, such as severity or tags.env; all must hold.",
    )
    time_zone = serializers.CharField(required=False, max_length=64)
    state = serializers.SerializerMethodField()
    occurrences = serializers.SerializerMethodField()

    class Meta:
        model = MaintenanceWindow
        fields = [
            *("id", *MaintenanceWindow.editable_names()),
            *("state", "occurrences", "ended_at", "created_by", "created_at"),
        ]
        read_only_fields = ["ended_at", "created_by", "created_at"]

    def get_state(self, row: Any) -> str:
        return state_of(row, timezone.now())

    @extend_schema_field(OccurrenceSerializer(many=True))
    def get_occurrences(self, row: MaintenanceWindow) -> Any:
        """The present one and the next."""
        coming = timetable_of(row).next_few(timezone.now(), NEXT_FEW)
        return OccurrenceSerializer(coming, many=True).data
