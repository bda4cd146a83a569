"""Workflows."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from escalation.models import Workflow
from escalation.serializers.workflows import WorkflowSerializer
from escalation.workflows import editing
from incidents.api.viewsets import ConfigRows

PARTS = ("conditions", "actions")
ATTACHED = ("services", "policies")


class WorkflowViewSet(ConfigRows):
    """Workflows: what is done by itself when an incident changes, or after a time."""

    queryset = Workflow.objects.none()
    serializer_class = WorkflowSerializer
    filterset_fields = ["name", "is_enabled", "trigger"]
    search_fields = ["name", "description"]
    ordering_fields = ["name", "id"]
    ordering = "name"
    entitlements = {"": "escalation.Workflows_Update"}

    def get_queryset(self) -> QuerySet[Any]:
        rows = Workflow.objects.visible_to(self.me)
        return rows.prefetch_related("conditions", "actions", *ATTACHED)

    @transaction.atomic
    def write(self, row: Any, fields: dict[str, Any]) -> Any:
        parts = {name: fields.pop(name) for name in PARTS if name in fields}
        attached = {name: fields.pop(name) for name in ATTACHED if name in fields}
        workflow = self.save(row, fields)
        for name, rows in attached.items():
            getattr(workflow, name).set(rows)
        return editing.write_workflow(workflow, **parts)
