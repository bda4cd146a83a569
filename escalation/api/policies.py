"""Escalation policies and response plays."""

from typing import Any, ClassVar

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from escalation.actions import policies, policy_documents, round_robins
from escalation.models import Play, Policy, RoundRobin
from escalation.policies.ladder import ladder_of
from escalation.policies.plan_builder import plan_of_policy
from escalation.policies.rungs import Case
from escalation.policies.worst_minutes import worst_of_plan
from escalation.serializers.ladders import (
    CaseSerializer,
    LadderSerializer,
    case_from,
    check_year,
    ladder_document,
)
from escalation.serializers.policies import PlaySerializer, PolicySerializer
from escalation.serializers.round_robins import RoundRobinSerializer
from escalation.serializers.worst_minutes import WorstSpanSerializer, span_document
from incidents.api.viewsets import ConfigRows
from incidents.serializers.incidents import EmptySerializer


class PolicyViewSet(ConfigRows):
    """Escalation policies. A change is for the next incident: runs that have begun go on as they
    were planned."""

    queryset = Policy.objects.none()
    serializer_class = PolicySerializer
    filterset_fields = ["name", "team", "is_enabled", "quick_launch", "priority"]
    search_fields = ["name", "description"]
    ordering_fields = ["name", "id"]
    ordering = "name"
    entitlements = {"": "escalation.Message_Rule_Update"}
    query_parameters: ClassVar[dict[str, tuple[str, ...]]] = {
        "preview": ("at", "severity", "urgency", "priority"),
        "worst": ("at", "severity", "urgency", "priority"),
    }

    def get_queryset(self) -> QuerySet[Any]:
        rows = Policy.objects.visible_to(self.me)
        return rows.prefetch_related("steps__targets", "services")

    @extend_schema(parameters=[CaseSerializer], responses=LadderSerializer, filters=False)
    @action(detail=True, pagination_class=None, filter_backends=[])
    def preview(self, request: Request, pk: str) -> Response:
        """Whom the policy would tell as time goes by, by what and when, if nobody takes it."""
        plan = plan_of_policy(self.get_object())
        case = self._case(request)
        return Response(ladder_document(ladder_of(plan, case), case))

    @extend_schema(
        parameters=[CaseSerializer], responses=WorstSpanSerializer(many=True), filters=False
    )
    @action(detail=True, pagination_class=None, filter_backends=[])
    def worst(self, request: Request, pk: str) -> Response:
        """The ten worst times of the week that follows: when it takes longest until somebody is
        told, or nobody is."""
        case = self._case(request)
        spans = worst_of_plan(plan_of_policy(self.get_object()), case)
        return Response([span_document(span) for span in spans])

    def _case(self, request: Request) -> Case:
        asked = {name: str(value).replace(" ", "+") for name, value in request.query_params.items()}
        case = case_from(self.input(CaseSerializer, asked), timezone.now())
        check_year(case.at)
        return case

    @extend_schema(request=EmptySerializer, responses={201: PolicySerializer})
    @action(detail=True, methods=["post"])
    def clone(self, request: Request, pk: str) -> Response:
        """A copy with all steps, under another name."""
        self.input(EmptySerializer)
        return self.answer(policies.clone(self.get_object()), status=201)

    @transaction.atomic
    def write(self, row: Any, fields: dict[str, Any]) -> Any:
        steps = fields.pop("steps", None)
        policy = self.save(row, fields)
        if steps is not None:
            policy_documents.write_steps(policy, steps)
        return policy


class RoundRobinViewSet(ConfigRows):
    """Round robins: people and schedules of whom each incident asks the next one. A change keeps
    whose turn it is."""

    queryset = RoundRobin.objects.none()
    serializer_class = RoundRobinSerializer
    filterset_fields = ["name"]
    search_fields = ["name"]
    ordering_fields = ["name", "id"]
    ordering = "name"
    entitlements = {"": "escalation.Message_Rule_Update"}

    def get_queryset(self) -> QuerySet[Any]:
        return RoundRobin.objects.visible_to(self.me).prefetch_related("entries")

    @transaction.atomic
    def write(self, row: Any, fields: dict[str, Any]) -> Any:
        entries = fields.pop("entries", None)
        ring = self.save(row, fields)
        if entries is not None:
            round_robins.write_entries(ring, entries)
        return ring


class PlayViewSet(ConfigRows):
    """Response plays: tiers of people and teams, each told as a whole after its wait."""

    queryset = Play.objects.none()
    serializer_class = PlaySerializer
    filterset_fields = ["name"]
    search_fields = ["name", "description"]
    ordering_fields = ["name", "id"]
    ordering = "name"
    entitlements = {"": "escalation.Message_Rule_Update"}

    def get_queryset(self) -> QuerySet[Any]:
        plays = Play.objects.visible_to(self.me)
        return plays.prefetch_related("tiers__users", "tiers__teams")

    @transaction.atomic
    def write(self, row: Any, fields: dict[str, Any]) -> Any:
        tiers = fields.pop("tiers", None)
        play = self.save(row, fields)
        if tiers is not None:
            policy_documents.write_tiers(play, tiers)
        return play
