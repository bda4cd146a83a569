"""Teams, of which a new one may begin with a schedule, and any may be asked if pages arrive."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from escalation.actions.team_schedules import add_team_schedule
from incidents.api.people import TeamViewSet
from incidents.models import Team
from incidents.references import Part, Reference, StrictModel
from incidents.serializers.incidents import EmptySerializer
from incidents.serializers.people import TeamSerializer
from notifications.actions import team_tests
from notifications.actions.settings import set_team_contacts
from notifications.models import SharedChannel, TeamContact
from notifications.serializers.team_reach import TeamReachSerializer


class TeamContactSerializer(Part, StrictModel):
    """An address of the team: ``wait_minutes`` after the one before it."""

    shared_channel = Reference(SharedChannel)

    class Meta:
        model = TeamContact
        fields = ["shared_channel", "wait_minutes"]


@extend_schema_serializer(component_name="Team")
class TeamWithScheduleSerializer(TeamSerializer):
    contacts = TeamContactSerializer(
        many=True,
        required=False,
        help_text="Addresses of the team itself, written as a whole: where a step names the team "
        "they are told one after another beside its members, until somebody answers.",
    )
    with_schedule = serializers.BooleanField(
        default=False,
        write_only=True,
        help_text="Of a new team: a schedule in which all members are on call at every hour.",
    )

    class Meta(TeamSerializer.Meta):
        fields = [*TeamSerializer.Meta.fields, "contacts", "with_schedule"]


class TeamWithScheduleViewSet(TeamViewSet):
    """Teams. ``members`` are written as a whole, in the order in which they are told."""

    serializer_class = TeamWithScheduleSerializer
    entitlements = {**TeamViewSet.entitlements, "reachability": None, "send_tests": None}

    def get_queryset(self) -> QuerySet[Any]:
        return super().get_queryset().prefetch_related("contacts__shared_channel")

    @transaction.atomic
    def write(self, row: Any, fields: dict[str, Any]) -> Any:
        with_schedule = fields.pop("with_schedule", False)
        contacts = fields.pop("contacts", None)
        team = super().write(row, fields)
        if contacts is not None:
            rows = [(one["shared_channel"], one.get("wait_minutes", 0)) for one in contacts]
            set_team_contacts(team, rows)
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
