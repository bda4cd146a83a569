"""Maintenance windows."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from incidents.api.viewsets import ConfigRows
from integrations.api.serializers.windows import EndSerializer, WindowSerializer
from integrations.models import MANAGE, MaintenanceWindow
from integrations.setup import maintenance
from notifications.models.status_page import PUBLISH


class WindowViewSet(ConfigRows):
    """Maintenance windows: alerts are suppressed in them and page nobody."""

    queryset = MaintenanceWindow.objects.none()
    serializer_class = WindowSerializer
    filterset_fields = ["recurrence", "is_for_all", "services", "integrations"]
    search_fields = ["name", "note"]
    ordering_fields = ["id", "name", "starts_at", "ends_at"]
    ordering = "-starts_at"
    entitlements = {"": MANAGE}

    def get_queryset(self) -> QuerySet[Any]:
        rows = MaintenanceWindow.objects.visible_to(self.me)
        return rows.prefetch_related("services", "integrations", "status_pages")

    def write(self, row: Any, fields: dict[str, Any]) -> Any:
        if fields.keys() & maintenance.PUBLIC and not self.me.has_perm(PUBLISH):
            raise PermissionDenied("status_pages: you may not publish on status pages.")
        if row is None:
            return maintenance.add_window(**fields, by=self.me)
        return maintenance.change_window(row.pk, **fields)

    def perform_destroy(self, instance: Any) -> None:
        maintenance.delete_window(instance.pk)

    @extend_schema(request=EndSerializer)
    @action(detail=True, methods=["post"])
    def end(self, request: Request, pk: int) -> Response:
        """End it now: incidents that are still open page. Doing it twice changes nothing."""
        series = self.input(EndSerializer)["series"]
        return self.answer(maintenance.end_window(self.get_object().pk, series=series))
