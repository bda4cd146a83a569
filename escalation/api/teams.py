"""Teams, of which a new one may begin with a schedule, and any may be asked if pages arrive."""

from typing import Any

from django.db import transaction
from drf_spectacular.utils import extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from escalation.actions.team_schedules import add_team_schedule
from incidents.api.people import TeamViewSet
from incidents.models import Team
from incidents.serializers.incidents import EmptySerializer
from incidents.serializers.people import TeamSerializer
from notifications.actions import team_tests
from notifications.serializers.team_reach import TeamReachSerializer


@extend_schema_serializer(component_name="Team")
class TeamWithScheduleSerializer(TeamSerializer):
    with_schedule = serializers.BooleanField(
        default=False,
        write_only=True,
        help_text="Of a new team: a schedule in which all members are on call at every hour.",
    )

    class Meta(TeamSerializer.Meta):
        fields = [*TeamSerializer.Meta.fields, "with_schedule"]


class TeamWithScheduleViewSet(TeamViewSet):
    """Teams. ``members`` are written as a whole, in the order in which they are told."""

    serializer_class = TeamWithScheduleSerializer
    entitlements = {**TeamViewSet.entitlements, "reachability": None, "send_tests": None}

    @transaction.atomic
    def write(self, row: Any, fields: dict[str, Any]) -> Any:
        with_schedule = fields.pop("with_schedule", False)
        team = super().write(row, fields)
        if row is None and with_schedule:
            add_team_schedule(team, by=self.me)
        return team

    @extend_schema(responses=TeamReachSerializer)
    @action(detail=True, methods=["get"])
    def reachability(self, request: Request, pk: str) -> Response:
        """Which contact methods of the members are proven to reach them. For who manages it."""
        return Response(TeamReachSerializer(team_tests.reach_of(self._managed())).data)

    @extend_schema(request=EmptySerializer, responses={202: TeamReachSerializer})
    @action(detail=True, methods=["post"])
    def send_tests(self, request: Request, pk: str) -> Response:
        """Send a test to every contact method of the members, at most once an hour."""
        self.input(EmptySerializer)
        found = team_tests.test_team(self._managed(), by=self.me)
        return Response(TeamReachSerializer(found).data, status=202)

    def _managed(self) -> Team:
        team: Team = self.get_object()
        self._check_manages(team)
        return team
