"""Drills: planned test pages of policies."""

from typing import Any, ClassVar

from django.db.models import QuerySet

from escalation.actions import drills
from escalation.models import Drill
from escalation.serializers.drills import DrillSerializer
from incidents.api.viewsets import ConfigRows


class DrillViewSet(ConfigRows):
    """Drills, with how everybody answered. DELETE cancels one that has not begun."""

    queryset = Drill.objects.none()
    serializer_class = DrillSerializer
    filterset_fields = ["policy"]
    ordering_fields = ["at", "id"]
    ordering = "-at"
    http_method_names = ["get", "head", "options", "post", "delete"]
    entitlements: ClassVar[dict[str, str | None]] = {"": "escalation.Message_Rule_Update"}

    def get_queryset(self) -> QuerySet[Any]:
        return Drill.objects.visible_to(self.me).select_related("policy")

    def write(self, row: Any, fields: dict[str, Any]) -> Any:
        return drills.plan_drill(fields.pop("policy"), fields.pop("at"), by=self.me, **fields)

    def perform_destroy(self, instance: Any) -> None:
        drills.cancel_drill(instance)
