"""People, their roles, teams."""

from typing import Any

from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import QuerySet
from rest_framework.exceptions import PermissionDenied

from incidents.actions import people
from incidents.api.viewsets import ConfigRows, Rows
from incidents.models import Membership, Team, User
from incidents.models.people import CHANGE_PEOPLE, MAINTAIN_ATTRIBUTES
from incidents.permissions import refuse_what_a_key_may_not
from incidents.serializers.people import PersonSerializer, RoleSerializer, TeamSerializer

ALL_TEAMS = "incidents.Groups_Update_GlobalAccess"
OWN_TEAMS = "incidents.Groups_Update_GroupAccess"


class RoleViewSet(Rows):
    """The roles of the portal and what each may do."""

    queryset = Group.objects.none()
    serializer_class = RoleSerializer
    ordering = "name"
    scope = "config"

    def get_queryset(self) -> QuerySet[Any]:
        """All for whoever has a role, else none."""
        roles = Group.objects.prefetch_related("permissions").order_by("name")
        return roles if self.me.has_perm("incidents.view_user") else roles.none()


class PersonRows(ConfigRows):
    """People. They are switched off, not deleted: the timeline goes on naming them."""

    queryset = User.objects.none()
    serializer_class = PersonSerializer
    filterset_fields = ["email", "is_active", "groups__name", "teams"]
    search_fields = ["name", "email", "attributes"]
    ordering_fields = ["name", "email", "id"]
    ordering = "email"
    entitlements = {"": CHANGE_PEOPLE}
    http_method_names = ["get", "post", "put", "patch", "head", "options"]

    def get_queryset(self) -> QuerySet[Any]:
        people: QuerySet[Any] = User.objects.visible_to(self.me)
        return people.prefetch_related("groups")

    def write(self, row: Any, fields: dict[str, Any]) -> Any:
        people.check_rank(self.me, row, fields.get("groups", ()))
        refuse_what_a_key_may_not(self.request, row, fields)
        self._check_attributes(row, fields)
        if row is None:
            fields.pop("revoke_keys", None)  # There is none yet.
            return people.add_person(by=self.me, **fields)
        return people.change_person(row.pk, by=self.me, **fields)

    def _check_attributes(self, row: Any, fields: dict[str, Any]) -> None:
        before = row.attributes if row else {}
        if fields.get("attributes", before) != before and not self.me.has_perm(MAINTAIN_ATTRIBUTES):
            raise PermissionDenied(
                "attributes: That needs the entitlement UserAttribute_Maintenance."
            )


class TeamViewSet(ConfigRows):
    """Teams. ``members`` are written as a whole, in the order in which they are told."""

    queryset = Team.objects.none()
    serializer_class = TeamSerializer
    filterset_fields = ["name", "members"]
    search_fields = ["name", "description", "attributes"]
    ordering_fields = ["name", "id"]
    ordering = "name"
    entitlements = {"": ALL_TEAMS, "update": None, "partial_update": None}

    def get_queryset(self) -> QuerySet[Any]:
        teams = Team.objects.visible_to(self.me)
        return teams.prefetch_related("memberships__user", "subteams", "services")

    def get_object(self) -> Any:
        team = super().get_object()
        if self.action in ("update", "partial_update"):
            self._check_manages(team)
        return team

    @transaction.atomic
    def write(self, row: Any, fields: dict[str, Any]) -> Any:
        members, subteams = fields.pop("memberships", None), fields.pop("subteams", None)
        team = self.save(row, fields)
        if subteams is not None:
            people.set_subteams(team, subteams)
        if members is not None:
            people.set_members(team, [(m["user"], m["roles"]) for m in members])
        return team

    def _check_manages(self, team: Team) -> None:
        user = self.me
        if user.has_perm(ALL_TEAMS):
            return
        mine = Membership.objects.filter(team=team, user=user, is_manager=True)
        if not (user.has_perm(OWN_TEAMS) and mine.exists()):
            raise PermissionDenied("You may change the teams that you manage, and no others.")
