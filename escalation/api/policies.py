"""Escalation policies and response plays."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from escalation.actions import policy_documents
from escalation.models import Play, Policy
from escalation.serializers.policies import PlaySerializer, PolicySerializer
from incidents.api.viewsets import ConfigRows


class PolicyViewSet(ConfigRows):
    """Escalation policies. A change is for the next incident: runs that have begun go on as they
    were planned."""

    queryset = Policy.objects.none()
    serializer_class = PolicySerializer
    filterset_fields = ["name", "team"]
    search_fields = ["name", "description"]
    ordering_fields = ["name", "id"]
    ordering = "name"
    entitlements = {"": "escalation.Message_Rule_Update"}

    def get_queryset(self) -> QuerySet[Any]:
        policies = Policy.objects.visible_to(self.me)
        return policies.prefetch_related("steps__targets", "services")

    @transaction.atomic
    def write(self, row: Any, fields: dict[str, Any]) -> Any:
        steps = fields.pop("steps", None)
        policy = self.save(row, fields)
        if steps is not None:
            policy_documents.write_steps(policy, steps)
        return policy


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
