"""Status pages, and publishing on them."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from incidents.api.viewsets import ConfigRows, Rows
from incidents.errors import InvalidRequest
from incidents.models import Incident
from notifications.choices import ComponentStatus, ReportImpact, ReportKind, ReportState
from notifications.models import StatusPage, StatusReport
from notifications.models.status_page import MANAGE, PUBLISH
from notifications.serializers.status_pages import (
    ChangeReportSerializer,
    NewReportSerializer,
    SaySerializer,
    StatusPageSerializer,
    StatusReportSerializer,
)
from notifications.status_pages.actions import pages, publish


class StatusPageViewSet(ConfigRows):
    """What the public reads. Its present state is at ``url`` plus ``api/v2/summary.json``, without
    a key."""

    queryset = StatusPage.objects.none()
    serializer_class = StatusPageSerializer
    filterset_fields = ["name", "slug", "is_published"]
    search_fields = ["name", "domain"]
    ordering_fields = ["name", "id"]
    ordering = "name"
    entitlements = {"": MANAGE}

    def get_queryset(self) -> QuerySet[Any]:
        return StatusPage.objects.visible_to(self.me).prefetch_related("components")

    def write(self, row: Any, fields: dict[str, Any]) -> Any:
        return pages.save_page(row, fields)


class StatusReportViewSet(mixins.DestroyModelMixin, Rows):
    """Incidents and maintenance that were published on status pages."""

    queryset = StatusReport.objects.none()
    serializer_class = StatusReportSerializer
    scope = "config"
    filterset_fields = ["page", "kind", "state", "incident"]
    search_fields = ["title"]
    ordering_fields = ["id", "starts_at"]
    ordering = "-starts_at"
    entitlements = {"": PUBLISH}

    def get_queryset(self) -> QuerySet[Any]:
        return StatusReport.objects.visible_to(self.me).prefetch_related("updates")

    @extend_schema(request=NewReportSerializer, responses={201: StatusReportSerializer})
    def create(self, request: Request) -> Response:
        """Publish a new incident or maintenance."""
        found = self.input(NewReportSerializer)
        draft = publish.Draft(
            title=found["title"],
            body=found["body"],
            state=ReportState(found["state"]),
            kind=ReportKind(found["kind"]),
            impact=ReportImpact(found["impact"]) if found["impact"] else None,
            effects=_effects(found["effects"]),
            starts_at=found["starts_at"],
            ends_at=found["ends_at"],
            incident=self._incident(found["incident"]),
        )
        report = publish.publish(found["page"], draft, by=self.me, tells=found["tells"])
        return self.answer(report, status=201)

    def _incident(self, number: int | None) -> Incident | None:
        """Raises InvalidRequest for one that whoever asks does not see."""
        if number is None:
            return None
        found = Incident.objects.visible_to(self.me).filter(pk=number).first()
        if found is None:
            raise InvalidRequest(f"incident: there is no incident {number} that you may see.")
        return found

    @extend_schema(request=ChangeReportSerializer, responses=StatusReportSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change the title or the impact. Nobody is told."""
        row, found = self.get_object(), self.input(ChangeReportSerializer)
        impact = ReportImpact(found.get("impact", row.impact))
        title = found.get("title", row.title)
        return self.answer(publish.change_report(row.pk, title=title, impact=impact))

    @extend_schema(request=SaySerializer, responses={201: StatusReportSerializer})
    @action(detail=True, methods=["post"])
    def say(self, request: Request, pk: str) -> Response:
        """Publish an update. ``effects`` replaces how the components were."""
        row, found = self.get_object(), self.input(SaySerializer)
        publish.add_update(
            row.pk,
            state=ReportState(found["state"]),
            body=found["body"],
            effects=_effects(found["effects"]),
            by=self.me,
            tells=found["tells"],
        )
        return self.answer(row, status=201)

    def perform_destroy(self, instance: Any) -> None:
        publish.withdraw(instance.pk)


def _effects(rows: Sequence[dict[str, Any]]) -> dict[int, ComponentStatus]:
    return {row["component"]: ComponentStatus(row["status"]) for row in rows}
