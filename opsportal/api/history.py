"""The audit log of the configuration, to read."""

from typing import Any

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from rest_framework import serializers

from incidents.api.viewsets import Rows
from incidents.models import AuditEntry
from incidents.models.audit import AUDIT_TRAIL
from incidents.references import StrictModel

ACTIONS = {0: "created", 1: "changed", 2: "deleted"}


class AuditEntrySerializer(StrictModel):
    """Who changed a row, by what way; ``changes``: field → [before, after]."""

    at = serializers.DateTimeField(source="timestamp")
    user = serializers.IntegerField(source="actor_id", allow_null=True)
    email = serializers.CharField(source="actor_email", allow_null=True)
    address = serializers.CharField(source="remote_addr", allow_null=True)
    action = serializers.SerializerMethodField()
    table = serializers.SerializerMethodField(help_text="Such as ``escalation.schedule``.")
    name = serializers.CharField(source="object_repr")
    changes = serializers.DictField()

    class Meta:
        model = AuditEntry
        fields = [
            "id",
            "at",
            "user",
            "email",
            "via",
            "address",
            "action",
            "table",
            "object_id",
            "name",
            "part_of",
            "changes",
        ]

    def get_action(self, entry: AuditEntry) -> str:
        return ACTIONS.get(entry.action, "")

    def get_table(self, entry: AuditEntry) -> str:
        kind = entry.content_type
        return f"{kind.app_label}.{kind.model}"


class AuditEntryFilter(filters.FilterSet):
    """``part_of`` is of the form ``escalation.policy:7``."""

    table = filters.CharFilter(method="of_table", label="Such as ``escalation.schedule``.")
    user = filters.NumberFilter(field_name="actor")

    class Meta:
        model = AuditEntry
        fields = ["object_id", "part_of", "via"]

    def of_table(self, rows: QuerySet[AuditEntry], name: str, value: str) -> QuerySet[AuditEntry]:
        app, _, model = value.partition(".")
        return rows.filter(content_type__app_label=app, content_type__model=model)


class HistoryViewSet(Rows):
    """Who changed what in the configuration, the latest first; for ``AuditTrail_View``."""

    queryset = AuditEntry.objects.none()
    serializer_class = AuditEntrySerializer
    filterset_class = AuditEntryFilter
    ordering_fields = ["id"]
    ordering = "-id"
    scope = "config"

    def get_queryset(self) -> QuerySet[Any]:
        rows: QuerySet[Any] = AuditEntry.objects.select_related("content_type")
        return rows if self.me.has_perm(AUDIT_TRAIL) else rows.none()
