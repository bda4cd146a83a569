"""Incidents with their paging."""

from typing import Any, ClassVar

from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from escalation.actions import assign_team, restart, start
from escalation.actions import edit as escalation_edit
from escalation.actions import escalate as escalation_escalate
from escalation.api.merging import MergingRows
from escalation.api.responding import RespondingRows
from escalation.api.why import PERSON, person_of, shown
from escalation.models import Workflow
from escalation.serializers.incidents import IncidentDetailSerializer, OpenIncidentSerializer
from escalation.serializers.why import WhyPagedSerializer
from escalation.serializers.workflows import RunWorkflowSerializer
from escalation.why.paged import why_paged
from escalation.workflows import execute
from incidents.api.incidents import IncidentRows
from incidents.models import Alert, Incident, TimelineEntry
from incidents.serializers.incidents import (
    AssignSerializer,
    AssignTeamSerializer,
    EditSerializer,
    EmptySerializer,
    NoteSerializer,
)
from notifications.models import Notification

RELATED_LIMIT = 200


def run_workflow(incident_id: int, *, workflow: Workflow, **who: Any) -> Incident:
    """Run a workflow for an incident, whatever its conditions say.

    Raises InvalidRequest for one that is not enabled, or not for this incident.
    """
    execute.run_by_hand(workflow, incident_id, **who)
    return Incident.objects.get(pk=incident_id)


class IncidentViewSet(RespondingRows, MergingRows):
    """Incidents. ``id`` is the number that people say on the phone."""

    entitlements: ClassVar[dict[str, str | None]] = {
        **IncidentRows.entitlements,
        "create": "incidents.Messages_Send_GlobalAccess",
    }
    query_parameters: ClassVar[dict[str, tuple[str, ...]]] = {"why": ("person",)}
    acts = {
        **IncidentRows.acts,
        **RespondingRows.own_acts,
        "escalate": (EmptySerializer, escalation_escalate.escalate),
        "reopen": (NoteSerializer, restart.reopen),
        "start_again": (EmptySerializer, escalation_escalate.start_again),
        "page": (AssignSerializer, escalation_escalate.page_person),
        "run_workflow": (RunWorkflowSerializer, run_workflow),
        "edit": (EditSerializer, escalation_edit.edit),
        "unacknowledge": (EmptySerializer, restart.unacknowledge),
        "assign_team": (AssignTeamSerializer, assign_team.assign_team),
    }

    def get_serializer_class(self) -> type[BaseSerializer[Any]]:
        return super().get_serializer_class() if self.action == "list" else IncidentDetailSerializer

    def shown(self) -> QuerySet[Any]:
        told = Notification.objects.select_related("user").prefetch_related("attempts")
        return self.get_queryset().prefetch_related(
            "runs",
            "topics",
            "watchers",
            "acknowledgements",
            "responder_requests__user",
            Prefetch("timeline", TimelineEntry.objects.select_related("by")),
            Prefetch("alerts", Alert.objects.all()[:RELATED_LIMIT], to_attr="newest_alerts"),
            Prefetch("notifications", told[:RELATED_LIMIT], to_attr="newest_notifications"),
        )

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self.answer(self.get_object())

    @extend_schema(request=OpenIncidentSerializer, responses={201: IncidentDetailSerializer})
    def create(self, request: Request) -> Response:
        """Open an incident by hand; it pages as any other."""
        fields = self.input(OpenIncidentSerializer)
        service, title = fields.pop("service"), fields.pop("title")
        incident = start.open_incident(service, title, **fields, **self.actor)
        return self.answer(incident, status=201)

    @extend_schema(request=EmptySerializer)
    @action(detail=True, methods=["post"])
    def escalate(self, request: Request, pk: str) -> Response:
        """Take the next step of the policy now."""
        return self.act("escalate")

    @extend_schema(request=EmptySerializer)
    @action(detail=True, methods=["post"])
    def start_again(self, request: Request, pk: str) -> Response:
        """After the last step: page again, from the first step."""
        return self.act("start_again")

    @extend_schema(request=EmptySerializer)
    @action(detail=True, methods=["post"])
    def unacknowledge(self, request: Request, pk: str) -> Response:
        """Give it back: it is open again, and pages from the first step."""
        return self.act("unacknowledge")

    @extend_schema(request=AssignTeamSerializer)
    @action(detail=True, methods=["post"])
    def assign_team(self, request: Request, pk: str) -> Response:
        """Give it to a team beside that of its service: its primary role is paged once."""
        return self.act("assign_team")

    @extend_schema(request=AssignSerializer)
    @action(detail=True, methods=["post"])
    def page(self, request: Request, pk: str) -> Response:
        """Page one person now, by their own rules, whoever has the incident."""
        return self.act("page")

    @extend_schema(parameters=[PERSON], responses=WhyPagedSerializer, filters=False)
    @action(detail=True, pagination_class=None, filterset_class=None)
    def why(self, request: Request, pk: str) -> Response:
        """Why somebody was paged of it, or why not: what was sent, and what each step meant."""
        person = person_of(request, self.me)
        answer = why_paged(self.get_object(), person, self.me)
        return Response(shown(answer, person, WhyPagedSerializer))

    @extend_schema(request=RunWorkflowSerializer)
    @action(detail=True, methods=["post"])
    def run_workflow(self, request: Request, pk: str) -> Response:
        """Run a workflow now, whatever its conditions say."""
        return self.act("run_workflow")

    @extend_schema(request=NoteSerializer)
    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, pk: str) -> Response:
        """It is not over: page again, from the first step."""
        return self.act("reopen")
