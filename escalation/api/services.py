"""Services, with their default policy and notices."""

from typing import Any

from django.db import transaction
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from escalation.actions import policy_documents
from escalation.serializers.services import FullServiceSerializer
from incidents import sla_report
from incidents.api.viewsets import ConfigRows
from incidents.filters import ServiceFilter
from incidents.models import Incident, Service
from incidents.serializers.services import MonthReportSerializer
from notifications.actions import settings


class ServiceRows(ConfigRows):
    """What is being operated. One that has incidents cannot be deleted."""

    queryset = Service.objects.none()
    serializer_class = FullServiceSerializer
    filterset_class = ServiceFilter
    search_fields = ["name", "description"]
    ordering_fields = ["name", "id"]
    ordering = "name"
    entitlements = {
        "": "incidents.change_service",
        "create": "incidents.add_service",
        "destroy": "incidents.delete_service",
    }

    def get_queryset(self) -> QuerySet[Any]:
        # A subquery for each service: it reads the index of what is unresolved, never the past.
        hidden = Incident.objects.hidden_from(self.me).values("pk")
        unresolved = Incident.objects.counted().unresolved().filter(service=OuterRef("pk"))
        unresolved = unresolved.exclude(pk__in=hidden).order_by()
        counts = unresolved.values("service").annotate(count=Count("pk")).values("count")
        services = Service.objects.visible_to(self.me)
        if self.action == "list" and "archived" not in self.request.query_params:
            services = services.active()
        return (
            services.annotate(open_incidents=Coalesce(Subquery(counts), 0))
            .select_related("default_policy__policy", "notification_settings")
            .prefetch_related("notification_settings__channels")
        )

    @extend_schema(responses=MonthReportSerializer(many=True), filters=False)
    @action(detail=True, pagination_class=None, filterset_class=None)
    def sla(self, request: Request, pk: str) -> Response:
        """The service level of the last six months: met, missed and the medians, in seconds."""
        months = sla_report.report(self.get_object(), timezone.now())
        return Response(MonthReportSerializer(months, many=True).data)

    @transaction.atomic
    def write(self, row: Any, fields: dict[str, Any]) -> Any:
        policy, notice = (
            fields.pop("default_policy", None),
            fields.pop("notification_settings", None),
        )
        service = self.save(row, fields)
        if policy is not None:
            policy_documents.set_default_policy(service, policy["policy"])
        if notice is not None:
            settings.set_notification_settings(service, **notice)
        return service
