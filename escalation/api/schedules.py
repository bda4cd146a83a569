"""Schedules, who is on call in them, overrides, and who is out of office."""

from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from escalation.actions import absences, overrides, schedules
from escalation.actions.overrides import OverrideDraft, Span
from escalation.actions.weekly_mails import change_settings
from escalation.api.on_call import people_of
from escalation.api.time_parameters import AT, FROM, MAX_SPAN, TO, read_time, span_of
from escalation.api.why import PERSON, person_of, shown
from escalation.models import Absence, Override, Schedule
from escalation.on_call import schedule_facts
from escalation.on_call.ledger import ledger_of
from escalation.on_call.schedule_explanations import Explainer
from escalation.on_call.schedule_facts import instant_of, time_of
from escalation.rights.schedule_rights import may_add, may_cancel, may_override, may_say_absence
from escalation.schedules import resolver
from escalation.schedules.facts import Facts, OverrideKind
from escalation.schedules.timeline import Timeline
from escalation.serializers.ledger import LedgerSerializer, ledger_fields
from escalation.serializers.on_call import OnCallNowSerializer, ShiftSerializer
from escalation.serializers.schedules import (
    AbsenceSerializer,
    OverrideSerializer,
    ScheduleSerializer,
    VersionSerializer,
    definition_from,
)
from escalation.serializers.why import WhyOnCallSerializer
from escalation.why.on_call import why_on_call
from incidents.api.viewsets import ConfigRows
from incidents.models import User
from incidents.models.people import RESPOND

NOT_THEIRS = (
    "You may put yourself on call in schedules that name you or are of your teams, and others where"
    " you manage the team."
)


class ScheduleViewSet(ConfigRows):
    """Schedules: who is on call when. An edit is a version, which holds from an instant on; what
    was on call before never changes."""

    queryset = Schedule.objects.none()
    serializer_class = ScheduleSerializer
    filterset_fields = ["name", "team", "role"]
    search_fields = ["name", "description"]
    ordering_fields = ["name", "id"]
    ordering = "name"
    scope = "schedules"
    entitlements: ClassVar[dict[str, str | None]] = {"": None}
    query_parameters: ClassVar[dict[str, tuple[str, ...]]] = {
        "oncall": ("at",),
        "shifts": ("from", "to"),
        "why": ("person", "at"),
        "ledger": ("from", "to"),
    }

    def get_queryset(self) -> QuerySet[Any]:
        return Schedule.objects.visible_to(self.me).prefetch_related("versions")

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        if not may_add(self.me):
            raise PermissionDenied("You may add the schedules of teams that you manage.")
        return super().create(request, *args, **kwargs)

    def get_object(self) -> Any:
        schedule = super().get_object()
        if self.action in ("update", "partial_update", "destroy"):
            self._check_may_change(schedule, {})
        return schedule

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "definitions": _definition_now}

    @transaction.atomic
    def write(self, row: Any, fields: dict[str, Any]) -> Any:
        document = fields.pop("definition", None)
        extra = {name: fields.pop(name, None) for name in ("effective_from", "note")}
        keeps_order = fields.pop("keeps_order", True)
        self._check_may_change(row, fields)
        if row is None:
            if document is None:
                raise ValidationError({"definition": ["This field is required."]})
            made = schedules.add_schedule(definition_from(document), by=self.me, **fields)
            return change_settings(made, now=timezone.now())
        row = change_settings(self.save(row, fields), now=timezone.now())
        if document is not None:
            definition = definition_from(document)
            start = extra["effective_from"]
            now = timezone.now()
            schedules.edit_schedule(
                row,
                definition,
                effective_from=start or schedules.proposed_start(row, definition, now),
                by=self.me,
                note=extra["note"] or "",
                keeps_order=keeps_order,
            )
        return row

    def perform_destroy(self, instance: Any) -> None:
        schedules.delete_schedule(instance)

    def _check_may_change(self, row: Any, fields: dict[str, Any]) -> None:
        """One's own teams' schedules for their managers; all with the entitlement."""
        mine = Schedule.objects.changeable_by(self.me)
        may_all = self.me.has_perm("incidents.Groups_Update_GlobalAccess")
        if row is not None and not mine.filter(pk=row.pk).exists():
            raise PermissionDenied("You may change the schedules of teams that you manage.")
        team = fields.get("team")
        if (row is None or team is not None) and not may_all:
            managed = self.me.memberships.filter(is_manager=True, team=team)
            if team is None or not managed.exists():
                raise PermissionDenied("Name a team that you manage.")

    @extend_schema(parameters=[AT], responses=OnCallNowSerializer, filters=False)
    @action(detail=True, pagination_class=None, filter_backends=[])
    def oncall(self, request: Request, pk: str) -> Response:
        """Who is on call at an instant, and why."""
        schedule = self.get_object()
        at = read_time(request, "at", timezone.now())
        facts = schedule_facts.load([schedule], at, at + MAX_SPAN)[schedule.pk]
        piece = resolver.piece_at(facts, instant_of(at))
        explainer = Explainer([facts], [piece], _zone_of(schedule))
        return Response(
            {
                "schedule": schedule.pk,
                "at": at,
                "until": time_of(piece.end),
                "people": people_of(piece, explainer),
            }
        )

    @extend_schema(parameters=[PERSON, AT], responses=WhyOnCallSerializer, filters=False)
    @action(detail=True, pagination_class=None, filter_backends=[])
    def why(self, request: Request, pk: str) -> Response:
        """Why somebody is on call at an instant, or why not, and when it is their turn."""
        schedule, person = self.get_object(), person_of(request, self.me)
        at = read_time(request, "at", timezone.now())
        answer = why_on_call(schedule, person, at, _zone_of(schedule))
        return Response(shown(answer, person, WhyOnCallSerializer))

    @extend_schema(parameters=[FROM, TO], responses=ShiftSerializer(many=True), filters=False)
    @action(detail=True, pagination_class=None, filter_backends=[])
    def shifts(self, request: Request, pk: str) -> Response:
        """Who is on call from when until when, without a gap: where it is nobody it says so."""
        schedule = self.get_object()
        start, end = span_of(request)
        facts = schedule_facts.load([schedule], start, end)[schedule.pk]
        found = resolver.shifts(facts, instant_of(start), instant_of(end))
        return Response(_shifts(facts, found, _zone_of(schedule)))

    @extend_schema(parameters=[FROM, TO], responses=LedgerSerializer, filters=False)
    @action(detail=True, pagination_class=None, filter_backends=[])
    def ledger(self, request: Request, pk: str) -> Response:
        """Who is on call for how long, and was paged how often, between two times."""
        schedule = self.get_object()
        start, end = span_of(request)
        return Response(ledger_fields(ledger_of(schedule, start, end)))

    @extend_schema(responses=VersionSerializer(many=True), filters=False)
    @action(detail=True, pagination_class=None, filter_backends=[])
    def versions(self, request: Request, pk: str) -> Response:
        """All versions, in the order of the instants from which they hold."""
        rows = self.get_object().versions.all()
        return Response(VersionSerializer(rows, many=True).data)


def _definition_now(schedule: Schedule) -> dict[str, Any]:
    return schedule_facts.definition_at(schedule, timezone.now()).to_json()


def _zone_of(schedule: Schedule) -> ZoneInfo:
    return ZoneInfo(schedule.zone)


def _shifts(facts: Facts, found: Timeline, zone: ZoneInfo) -> list[dict[str, Any]]:
    explainer = Explainer([facts], found, zone)
    return [
        {"start": time_of(one.start), "end": time_of(one.end), "people": people_of(one, explainer)}
        for one in found
    ]


class OverrideViewSet(ConfigRows):
    """Overrides. One that was made is not changed: cancel it (DELETE), and make another."""

    queryset = Override.objects.none()
    serializer_class = OverrideSerializer
    filterset_fields = ["schedule", "origin"]
    ordering_fields = ["starts_at", "id"]
    ordering = "-starts_at"
    scope = "schedules"
    scopes: ClassVar[dict[str, str]] = {"create": "overrides:write", "destroy": "overrides:write"}
    http_method_names = ["get", "head", "options", "post", "delete"]
    entitlements: ClassVar[dict[str, str | None]] = {"": RESPOND}

    def get_queryset(self) -> QuerySet[Any]:
        seen = Schedule.objects.visible_to(self.me)
        return Override.objects.filter(schedule__in=seen).select_related("instead_of")

    def write(self, row: Any, fields: dict[str, Any]) -> Any:
        schedule = fields["schedule"]
        if not may_override(schedule, [person.pk for person in fields["people"]], self.me):
            raise PermissionDenied(NOT_THEIRS)
        draft = OverrideDraft(
            span=Span(fields["starts_at"], fields["ends_at"]),
            people=fields["people"],
            kind=OverrideKind(fields["kind"]),
            instead_of=fields["instead_of"],
            layer=fields.get("layer", ""),
            reason=fields.get("reason", ""),
        )
        return overrides.add_override(schedule, draft, by=self.me)

    def perform_destroy(self, instance: Any) -> None:
        if not may_cancel(instance, self.me):
            raise PermissionDenied(NOT_THEIRS)
        overrides.cancel_override(instance, by=self.me)


class AbsenceViewSet(ConfigRows):
    """Out of office, one's own; of everybody for who may change people. DELETE cancels one."""

    queryset = Absence.objects.none()
    serializer_class = AbsenceSerializer
    filterset_fields = ["user", "team"]
    ordering_fields = ["starts_at", "id"]
    ordering = "-starts_at"
    scope = "schedules"
    scopes: ClassVar[dict[str, str]] = {"create": "overrides:write", "destroy": "overrides:write"}
    http_method_names = ["get", "head", "options", "post", "delete"]
    entitlements: ClassVar[dict[str, str | None]] = {"": "escalation.view_absence"}

    def get_queryset(self) -> QuerySet[Any]:
        seen = User.objects.visible_to(self.me)
        return Absence.objects.filter(user__in=seen)

    def write(self, row: Any, fields: dict[str, Any]) -> Any:
        user = fields["user"]
        self._check_may_say_of(user)
        span = Span(fields["starts_at"], fields["ends_at"])
        extra = {name: fields.get(name) for name in ("cover", "team")}
        return absences.add_absence(user, span, note=fields.get("note", ""), by=self.me, **extra)

    def perform_destroy(self, instance: Any) -> None:
        self._check_may_say_of(instance.user)
        absences.cancel_absence(instance)

    def _check_may_say_of(self, user: User) -> None:
        if not may_say_absence(user, self.me):
            raise PermissionDenied("You may say this of yourself, and of the teams you manage.")
