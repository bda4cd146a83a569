"""Requests for cover: ask, take, say no, withdraw, undo."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from escalation.actions import cover_answers, cover_requests
from escalation.actions.cover_requests import CoverDraft
from escalation.actions.overrides import Span
from escalation.models import CoverRequest
from escalation.rights.cover_rights import may_answer, may_ask_for, may_undo, may_withdraw
from escalation.serializers.covers import AcceptSerializer, CoverRequestSerializer, instants_of
from incidents.api.viewsets import Rows
from incidents.models.people import RESPOND

NOT_ASKER = "You may ask for yourself, and for others where you manage the team."
NOT_ASKED = "You may take shifts of schedules that name you or are of your teams."
NOT_THEIRS = "That is for whoever asks, for the managers, and until a day before for who took it."


class CoverRequestViewSet(Rows):
    """Requests for cover. Until somebody takes one, whoever asks is on call."""

    queryset = CoverRequest.objects.none()
    serializer_class = CoverRequestSerializer
    filterset_fields = ["schedule", "asker", "status"]
    ordering_fields = ["starts_at", "id"]
    ordering = "-starts_at"
    scope = "schedules"
    scopes: ClassVar[dict[str, str]] = dict.fromkeys(
        ("create", "accept", "decline", "withdraw", "undo"), "overrides:write"
    )
    entitlements: ClassVar[dict[str, str | None]] = {"": RESPOND}

    def get_queryset(self) -> QuerySet[Any]:
        rows = CoverRequest.objects.visible_to(self.me).select_related("schedule__team", "asker")
        return rows.prefetch_related("invitations")

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Ask for cover for a shift of one's own, or as a manager for one of somebody's."""
        fields = self.input(CoverRequestSerializer)
        schedule, asker = fields["schedule"], fields.get("asker", self.me)
        if not may_ask_for(schedule, asker, self.me):
            raise PermissionDenied(NOT_ASKER)
        draft = CoverDraft(
            span=Span(fields["starts_at"], fields["ends_at"]),
            asked=fields["asked"],
            message=fields.get("message", ""),
            gives_back=[instants_of(one) for one in fields["gives_back"]],
        )
        row = cover_requests.ask_for_cover(schedule, asker, draft, by=self.me)
        return self.answer(row, status=201)

    @extend_schema(request=AcceptSerializer, responses=CoverRequestSerializer)
    @action(detail=True, methods=["post"])
    def accept(self, request: Request, pk: str) -> Response:
        """Take it, or a part of it; the first one wins (409 for the others)."""
        row = self._answerable()
        fields = self.input(AcceptSerializer)
        span = Span(fields["starts_at"], fields["ends_at"]) if "starts_at" in fields else None
        offer = instants_of(fields["in_return"]) if "in_return" in fields else None
        return self.answer(cover_answers.accept(row.pk, self.me, span=span, in_return=offer))

    @extend_schema(request=None, responses=CoverRequestSerializer)
    @action(detail=True, methods=["post"])
    def decline(self, request: Request, pk: str) -> Response:
        """Say no, and be reminded no more."""
        return self.answer(cover_requests.decline(self._answerable().pk, self.me))

    @extend_schema(request=None, responses=CoverRequestSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> Response:
        """Ask nobody any more; what was taken stays so."""
        row: CoverRequest = self.get_object()
        if not may_withdraw(row, self.me):
            raise PermissionDenied(NOT_THEIRS)
        return self.answer(cover_requests.withdraw(row.pk, by=self.me))

    @extend_schema(request=None, responses=CoverRequestSerializer)
    @action(detail=True, methods=["post"])
    def undo(self, request: Request, pk: str) -> Response:
        """Whoever asked is on call again for what was taken, and it is asked for again."""
        row: CoverRequest = self.get_object()
        if not may_undo(row, self.me, timezone.now()):
            raise PermissionDenied(NOT_THEIRS)
        return self.answer(cover_answers.undo(row.pk, by=self.me))

    def _answerable(self) -> CoverRequest:
        row: CoverRequest = self.get_object()
        if not may_answer(row, self.me):
            raise PermissionDenied(NOT_ASKED)
        return row
