"""User groups of Slack that follow schedules."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import mixins
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from escalation.actions import slack_groups
from escalation.models import Schedule, SlackUserGroup
from escalation.rights.schedule_rights import manages
from escalation.serializers.slack_groups import SlackUserGroupSerializer
from incidents.api.viewsets import Rows
from notifications.models.provider import CHANGE


class SlackUserGroupViewSet(mixins.CreateModelMixin, mixins.DestroyModelMixin, Rows):
    """Each consists of whoever is on call in its schedule. To delete one leaves whom it has."""

    queryset = SlackUserGroup.objects.none()
    serializer_class = SlackUserGroupSerializer
    filterset_fields = ["schedule", "provider"]
    search_fields = ["handle", "group_id"]
    ordering_fields = ["id"]
    ordering = "id"
    scope = "schedules"
    entitlements = {"": CHANGE}

    def get_queryset(self) -> QuerySet[Any]:
        return SlackUserGroup.objects.visible_to(self.me).select_related("schedule")

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        fields = self.input(SlackUserGroupSerializer)
        self._require_manager(fields["schedule"])
        row = slack_groups.add_group(fields["schedule"], fields["provider"], fields["group_id"])
        return self.answer(row, status=201)

    def perform_destroy(self, instance: Any) -> None:
        self._require_manager(instance.schedule)
        instance.delete()

    def _require_manager(self, schedule: Schedule) -> None:
        if not manages(schedule, self.me):
            raise PermissionDenied("Only who may change the schedule chooses what follows it.")
