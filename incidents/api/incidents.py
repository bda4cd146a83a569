"""Incidents and alerts: to find them, and what people do with them."""

from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings

from incidents import responders, snooze_choices
from incidents.actions import respond, watching
from incidents.api.viewsets import Rows
from incidents.errors import DomainError
from incidents.export import CsvRenderer, csv_response
from incidents.filters import AlertFilter, IncidentFilter
from incidents.models import Alert, Incident, TimelineEntry, User
from incidents.models.people import RESPOND
from incidents.serializers.incidents import (
    AlertSerializer,
    AssignSerializer,
    BulkAnswerSerializer,
    BulkSerializer,
    CommentSerializer,
    EditSerializer,
    EmptySerializer,
    IncidentSerializer,
    ResolveSerializer,
    SnoozeSerializer,
    TimelineSerializer,
    WatchSerializer,
)

CSV_RENDERERS = [*api_settings.DEFAULT_RENDERER_CLASSES, CsvRenderer]


def snooze(incident_id: int, *, by: User, via: str, choice: str = "", **said: Any) -> Incident:
    """`respond.snooze`, also by a choice of the menu. Raises InvalidRequest where it means no
    time, and what that raises."""
    if choice:
        incident = Incident.objects.select_related("service").get(pk=incident_id)
        said["until"] = snooze_choices.until_of(choice, incident, by, timezone.now())
    return respond.snooze(incident_id, said.pop("until"), by=by, via=via, **said)


class IncidentRows(Rows):
    """Incidents, and the actions that need nothing but incidents; what pages adds its own."""

    queryset = Incident.objects.none()
    serializer_class = IncidentSerializer
    filterset_class = IncidentFilter
    search_fields = ["title", "description", "source"]
    ordering_fields = ["id", "opened_at", "changed_at"]
    ordering = "-id"
    scope = "incidents"
    like_lists = ("export",)
    # Of each incident it is asked who may act on it.
    entitlements: ClassVar[dict[str, str | None]] = {
        "": None,
        "export": "incidents.Export_GlobalAccess",
    }

    # Each act: what its body holds, and the action. Bulk takes the same.
    acts: ClassVar[dict[str, tuple[Any, Any]]] = {
        "acknowledge": (EmptySerializer, respond.acknowledge),
        "assign": (AssignSerializer, respond.assign),
        "snooze": (SnoozeSerializer, snooze),
        "resolve": (ResolveSerializer, respond.resolve),
        "comment": (CommentSerializer, respond.comment),
    }

    def get_queryset(self) -> QuerySet[Any]:
        return Incident.objects.visible_to(self.me).for_list()

    def act(self, name: str) -> Response:
        serializer_class, execute = self.acts[name]
        incident = self.acting_on()
        return self.answer(execute(incident.pk, **self.input(serializer_class), **self.actor))

    def acting_on(self) -> Incident:
        """The incident of the address. Raises PermissionDenied to who may not act on it."""
        incident: Incident = self.get_object()
        self.refuse_bystanders([incident])
        return incident

    def refuse_bystanders(self, incidents: Iterable[Incident]) -> None:
        """Raises PermissionDenied where the person may not act on one of these."""
        for incident in incidents:
            if reason := responders.why_not(self.me, incident):
                raise PermissionDenied(reason)

    @extend_schema(request=EditSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Say anew what it is. Doing it twice changes nothing."""
        return self.act("edit")

    @extend_schema(request=EmptySerializer)
    @action(detail=True, methods=["post"])
    def acknowledge(self, request: Request, pk: str) -> Response:
        """Take the incident: paging stops. Doing it twice changes nothing."""
        return self.act("acknowledge")

    @extend_schema(request=AssignSerializer)
    @action(detail=True, methods=["post"])
    def assign(self, request: Request, pk: str) -> Response:
        """Give the incident its one owner."""
        return self.act("assign")

    @extend_schema(request=SnoozeSerializer)
    @action(detail=True, methods=["post"])
    def snooze(self, request: Request, pk: str) -> Response:
        """Hold the incident until a time, when paging starts again."""
        return self.act("snooze")

    @extend_schema(request=ResolveSerializer)
    @action(detail=True, methods=["post"])
    def resolve(self, request: Request, pk: str) -> Response:
        """It is over: its alerts are closed, nobody is paged any more."""
        return self.act("resolve")

    @extend_schema(request=CommentSerializer)
    @action(detail=True, methods=["post"])
    def comment(self, request: Request, pk: str) -> Response:
        """Add a note that the others read."""
        return self.act("comment")

    @extend_schema(request=WatchSerializer)
    @action(detail=True, methods=["post"])
    def watch(self, request: Request, pk: str) -> Response:
        """Be told of updates; or have somebody else told, who sees the incident then."""
        return self._watch(watching.watch)

    @extend_schema(request=WatchSerializer)
    @action(detail=True, methods=["post"])
    def unwatch(self, request: Request, pk: str) -> Response:
        """Be told of nothing any more."""
        return self._watch(watching.unwatch)

    def _watch(self, execute: Callable[..., Incident]) -> Response:
        incident, user = self.get_object(), self.input(WatchSerializer).get("user") or self.me
        if user != self.me:
            self.refuse_bystanders([incident])
        return self.answer(execute(incident.pk, user, **self.actor))

    @extend_schema(responses={(200, "text/csv"): str}, filters=True)
    @action(detail=False, pagination_class=None, renderer_classes=CSV_RENDERERS)
    def export(self, request: Request) -> StreamingHttpResponse:
        """What the list would hold, as CSV, the newest first."""
        return csv_response(self.filter_queryset(self.get_queryset()))

    @extend_schema(responses=TimelineSerializer(many=True), filters=False)
    @action(detail=True, pagination_class=None, filterset_class=None)
    def timeline(self, request: Request, pk: str) -> Response:
        """Everything that happened to the incident, in order, with its cause."""
        entries = TimelineEntry.objects.filter(incident=self.get_object()).select_related("by")
        return Response(TimelineSerializer(entries, many=True).data)

    @extend_schema(request=BulkSerializer, responses=BulkAnswerSerializer, filters=False)
    @action(detail=False, methods=["post"], pagination_class=None)
    def bulk(self, request: Request) -> Response:
        """One action for up to 200 incidents; each has a result of its own."""
        body, arguments = self._parts_of(request.data)
        wanted = self.input(BulkSerializer, body)
        if wanted["action"] not in self.acts:
            known = ", ".join(self.acts)
            raise ValidationError({"action": [f"Unknown action. Write one of: {known}."]})
        serializer_class, execute = self.acts[wanted["action"]]
        said = self.input(serializer_class, arguments)
        ids = list(dict.fromkeys(wanted["ids"]))
        seen = self.get_queryset().in_bulk(ids)
        allowed = responders.actionable(seen.values(), self.me)
        if not allowed and not self.me.has_perm(RESPOND):
            raise PermissionDenied(responders.NO_ROLE)
        return Response({"results": [self._one(seen.get(pk), pk, execute, said) for pk in ids]})

    def _parts_of(self, body: Any) -> tuple[Any, dict[str, Any]]:
        """What bulk itself takes, with all that nothing takes, and what is for the action."""
        if not isinstance(body, dict):
            return body, {}
        own = BulkSerializer().fields
        known = {name for serializer, _ in self.acts.values() for name in serializer().fields}
        arguments = {name: value for name, value in body.items() if name not in own}
        return {n: v for n, v in body.items() if n in own or n not in known}, arguments

    def _one(
        self, seen: Incident | None, pk: int, execute: Callable[..., Incident], said: dict[str, Any]
    ) -> dict[str, Any]:
        if seen is None:
            return {"id": pk, "ok": False, "code": "not_found", "detail": "There is no such one."}
        try:
            responders.require_may_act(self.me, seen)
            incident = execute(pk, **said, **self.actor)
        except DomainError as refusal:
            return {"id": pk, "ok": False, "code": refusal.code, "detail": str(refusal)}
        told = {"status": incident.status} if self.may_read("incidents") else {}
        return {"id": pk, "ok": True, **told}


class AlertViewSet(Rows):
    """The problems as their senders identify them."""

    queryset = Alert.objects.none()
    serializer_class = AlertSerializer
    filterset_class = AlertFilter
    search_fields = ["title", "source_name", "source_id"]
    ordering_fields = ["id", "opened_at", "last_seen_at"]
    ordering = "-id"
    scope = "incidents"

    def get_queryset(self) -> QuerySet[Any]:
        return Alert.objects.visible_to(self.me)
