"""Hand-overs of schedules, and their notes."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from escalation.actions.confirmations import confirm
from escalation.actions.hand_overs import write_note
from escalation.models import HandOver
from escalation.rights.schedule_rights import may_write_note
from escalation.serializers.hand_overs import HandOverSerializer
from incidents.api.viewsets import Rows


class HandOverViewSet(Rows):
    """Hand-overs: those to come in the next 15 days, and those that were. PATCH writes the note."""

    queryset = HandOver.objects.none()
    serializer_class = HandOverSerializer
    filterset_fields = ["schedule"]
    search_fields = ["note"]
    ordering_fields = ["at", "id"]
    ordering = "-at"
    scope = "schedules"
    http_method_names = ["get", "head", "options", "patch", "post"]
    entitlements = {"": None}

    def get_queryset(self) -> QuerySet[Any]:
        return (
            HandOver.objects.visible_to(self.me)
            .select_related("schedule")
            .prefetch_related("confirmations")
        )

    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        row = self.get_object()
        if not may_write_note(row, self.me):
            raise PermissionDenied("Whoever hands over or takes over writes it, and managers.")
        serializer = self.get_serializer(row, data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        note = serializer.validated_data.get("note", row.note)
        return self.answer(write_note(row, note, by=self.me))

    @extend_schema(request=None, responses=HandOverSerializer)
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, pk: str) -> Response:
        """One has taken over; whoever stayed on call until then is relieved."""
        return self.answer(confirm(self.get_object(), self.me, now=timezone.now()))
