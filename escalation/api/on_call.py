"""Who is on call, in all schedules at once."""

from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from escalation.api.time_parameters import AT, MAX_SPAN, read_time
from escalation.models import Schedule
from escalation.on_call import schedule_facts
from escalation.on_call.schedule_explanations import Explainer
from escalation.on_call.schedule_facts import instant_of, time_of
from escalation.schedules import resolver
from escalation.schedules.timeline import Piece
from escalation.serializers.on_call import OnCallInScheduleSerializer
from incidents.api.viewsets import Rows


class OnCallViewSet(Rows):
    """Who is on call in each schedule that the reader may see."""

    queryset = Schedule.objects.none()
    serializer_class = OnCallInScheduleSerializer
    filterset_fields = ["team", "role"]
    search_fields = ["name"]
    ordering_fields = ["name", "id"]
    ordering = "name"
    scope = "schedules"
    query_parameters: ClassVar[dict[str, tuple[str, ...]]] = {"list": ("at",)}

    def get_queryset(self) -> QuerySet[Any]:
        return Schedule.objects.visible_to(self.me).select_related("team")

    @extend_schema(parameters=[AT])
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Who is on call at an instant, why, and until when that holds; nobody is an empty list."""
        at = read_time(request, "at", timezone.now())
        rows = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        facts = schedule_facts.load(rows, at, at + MAX_SPAN)
        found = {row.pk: resolver.piece_at(facts[row.pk], instant_of(at)) for row in rows}
        explainer = Explainer(facts.values(), found.values(), ZoneInfo("UTC"))
        shown = [
            {
                "schedule": row.pk,
                "name": row.name,
                "team": row.team_id,
                "role": row.role,
                "at": at,
                "until": time_of(found[row.pk].end),
                "people": people_of(
                    found[row.pk], explainer.of_schedule(facts[row.pk], ZoneInfo(row.zone))
                ),
            }
            for row in rows
        ]
        return self.get_paginated_response(self.get_serializer(shown, many=True).data)


def people_of(piece: Piece, explainer: Explainer) -> list[dict[str, Any]]:
    """Who is on call in a piece of a timeline, with the reason."""
    return [
        {
            "user": place.user,
            "name": explainer.name(place.user),
            "email": getattr(explainer.people.get(place.user), "email", ""),
            "role": place.role,
            "why": explainer.why(place),
        }
        for place in piece.places
    ]
