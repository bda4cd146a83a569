"""Defects of the coverage, to read and to ignore."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from escalation.actions import coverage
from escalation.models import CoverageDefect
from escalation.rights.schedule_rights import ignorable_by
from escalation.serializers.coverage import CoverageDefectSerializer, IgnoreSerializer
from incidents.api.viewsets import Rows

NOT_THEIRS = "You may ignore what concerns the teams that you manage."


class CoverageViewSet(Rows):
    """What is wrong with whom the policies in use would page in the next 30 days."""

    queryset = CoverageDefect.objects.none()
    serializer_class = CoverageDefectSerializer
    filterset_fields = ["kind", "level", "policy", "schedule"]
    ordering_fields = ["since", "id"]
    ordering = "id"
    scope = "schedules"
    entitlements: ClassVar[dict[str, str | None]] = {"": None}

    def get_queryset(self) -> QuerySet[Any]:
        rows = CoverageDefect.objects.visible_to(self.me).present()
        return rows.select_related("policy", "schedule")

    @extend_schema(request=IgnoreSerializer, responses=CoverageDefectSerializer)
    @action(detail=True, methods=["post"])
    def ignore(self, request: Request, pk: str) -> Response:
        """Tell nobody of it until then, and do not count it."""
        row = self._mine()
        wanted = self.input(IgnoreSerializer)
        now = timezone.now()
        coverage.ignore(row, wanted["until"], by=self.me, reason=wanted["reason"], now=now)
        return self.answer(row)

    @extend_schema(request=None, responses=CoverageDefectSerializer)
    @action(detail=True, methods=["post"])
    def count(self, request: Request, pk: str) -> Response:
        """Count it again."""
        row = self._mine()
        coverage.stop_ignoring(row)
        return self.answer(row)

    def _mine(self) -> CoverageDefect:
        row: CoverageDefect = self.get_object()
        if not ignorable_by(self.me)(row):
            raise PermissionDenied(NOT_THEIRS)
        return row
