"""What one is told of one's shifts."""

from typing import Any, cast

from django.utils import timezone
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from escalation.actions.reminders import change_settings, reminders_of
from escalation.models import OnCallSettings
from escalation.models.reminders import SWITCHES
from escalation.serializers.reminders import OnCallSettingsSerializer
from incidents.api.known_parameters import KnownParameters
from incidents.models import User
from incidents.models.people import UPDATE_OWN_NOTIFICATIONS
from incidents.permissions import check_of_oneself


class OnCallSettingsView(KnownParameters, GenericAPIView[Any]):
    """One's own reminders of shifts, and whether one is told of changes. PUT writes all."""

    serializer_class = OnCallSettingsSerializer
    queryset = OnCallSettings.objects.none()
    filter_backends = []
    pagination_class = None
    scope = "schedules"
    entitlements = {"": "escalation.view_schedule"}

    def get(self, request: Request) -> Response:
        return Response(self._shown(cast(User, request.user)))

    def put(self, request: Request) -> Response:
        check_of_oneself(request, UPDATE_OWN_NOTIFICATIONS)
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        wanted = serializer.validated_data
        me = cast(User, request.user)
        reminders = [(row["minutes_before"], row["channel"]) for row in wanted["reminders"]]
        switches = {name: wanted[name] for name in SWITCHES}
        change_settings(me, reminders, now=timezone.now(), **switches)
        return Response(self._shown(me))

    def _shown(self, user: User) -> dict[str, Any]:
        row = OnCallSettings.objects.filter(user=user).first() or OnCallSettings()
        return {
            "reminders": [
                {"minutes_before": minutes, "channel": channel}
                for minutes, channel in reminders_of(user)
            ],
            **{name: getattr(row, name) for name in SWITCHES},
        }
