"""People with their contact methods, notification rules and notifications."""

from typing import Any

from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from incidents.api.people import PersonRows
from incidents.api.viewsets import ConfigRows, Rows
from incidents.models import User
from incidents.models.people import CHANGE_PEOPLE
from incidents.serializers.incidents import EmptySerializer
from notifications.actions import contact_methods, settings
from notifications.models import ContactMethod, Notification, Rule
from notifications.serializers.contacts import (
    CodeSerializer,
    ContactMethodSerializer,
    NotificationSerializer,
    RuleSerializer,
    UserSerializer,
)

NOT_YOURS = "You may change what is yours, and what is of people who may no more than you."


class UserViewSet(PersonRows):
    __doc__ = PersonRows.__doc__
    serializer_class = UserSerializer

    def get_queryset(self) -> QuerySet[Any]:
        methods = ContactMethod.objects.visible_to(self.me)
        return (
            super()
            .get_queryset()
            .prefetch_related(Prefetch("contact_methods", methods, to_attr="visible_methods"))
        )


class ContactMethodViewSet(ConfigRows):
    """Addresses: one's own, and those of others for who administers people."""

    queryset = ContactMethod.objects.none()
    serializer_class = ContactMethodSerializer
    filterset_fields = ["user", "channel", "is_enabled"]
    search_fields = ["label", "user__name", "user__email"]
    ordering_fields = ["id", "position"]
    ordering = "id"
    entitlements = {"": None}

    def get_queryset(self) -> QuerySet[Any]:
        return ContactMethod.objects.visible_to(self.me).select_related("user")

    def get_object(self) -> Any:
        method = super().get_object()
        if self.action not in ("retrieve", "metadata"):
            self.check_is_mine(method.user)
        return method

    def check_is_mine(self, owner: User) -> None:
        if not self.me.may_change(owner):
            raise PermissionDenied(NOT_YOURS)

    def write(self, row: Any, fields: dict[str, Any]) -> Any:
        if "is_verified" in fields and not self.me.has_perm(CHANGE_PEOPLE):
            raise PermissionDenied("is_verified: confirm the address by its code.")
        if row is not None:
            return self._change(row, fields)
        owner = fields.pop("user", self.me)
        self.check_is_mine(owner)
        channel = fields.pop("channel")
        method = contact_methods.add_contact_method(
            owner,
            channel,
            fields.pop("config"),
            label=fields.pop("label", ""),
            is_verified=fields.pop("is_verified", False),
        )
        return settings.change_contact_method(method.pk, **fields) if fields else method

    def _change(self, row: Any, fields: dict[str, Any]) -> Any:
        if (
            fields.pop("user", row.user) != row.user
            or fields.pop("channel", row.channel) != row.channel
        ):
            raise PermissionDenied("An address keeps its person and its channel. Add another.")
        return settings.change_contact_method(row.pk, **fields)

    @extend_schema(request=EmptySerializer, responses={202: NotificationSerializer})
    @action(detail=True, methods=["post"])
    def send_code(self, request: Request, pk: str) -> Response:
        """Send a code of six digits to the address, to prove it."""
        self.input(EmptySerializer)
        return self._told(contact_methods.send_code(self.get_object().pk))

    @extend_schema(request=CodeSerializer)
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, pk: str) -> Response:
        """Prove the address by its code."""
        method = self.get_object()
        return self.answer(contact_methods.confirm(method.pk, self.input(CodeSerializer)["code"]))

    @extend_schema(request=EmptySerializer, responses={202: NotificationSerializer})
    @action(detail=True, methods=["post"])
    def test(self, request: Request, pk: str) -> Response:
        """Send a test by the path that real pages take. See what became of it in notifications."""
        self.input(EmptySerializer)
        return self._told(contact_methods.send_test(method_id=self.get_object().pk))

    def _told(self, notification: Notification) -> Response:
        shows, context = self.may_read("incidents"), self.get_serializer_context()
        body = (
            NotificationSerializer(notification, context=context).data
            if shows
            else {"id": notification.pk}
        )
        return Response(body, status=202)


class RuleViewSet(ConfigRows):
    """Notification rules: which of one's addresses is used when."""

    queryset = Rule.objects.none()
    serializer_class = RuleSerializer
    filterset_fields = ["user", "urgency", "contact_method"]
    ordering_fields = ["id", "after_minutes"]
    ordering = "id"
    entitlements = {"": None}

    def get_queryset(self) -> QuerySet[Any]:
        return Rule.objects.visible_to(self.me).select_related("user")

    def get_object(self) -> Any:
        rule = super().get_object()
        if self.action not in ("retrieve", "metadata"):
            self._check_is_mine(rule.user)
        return rule

    def write(self, row: Any, fields: dict[str, Any]) -> Any:
        if row is None:
            fields["user"] = fields["contact_method"].user
            self._check_is_mine(fields["user"])
        return self.save(row, fields)

    def _check_is_mine(self, owner: User) -> None:
        if not self.me.may_change(owner):
            raise PermissionDenied(NOT_YOURS)


class NotificationViewSet(Rows):
    """What was told to whom, and every attempt."""

    queryset = Notification.objects.none()
    serializer_class = NotificationSerializer
    filterset_fields = ["incident", "user", "channel", "state", "event", "shared_channel"]
    search_fields = ["reason"]
    ordering_fields = ["id", "created_at"]
    ordering = "-id"
    scope = "incidents"

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """``search`` looks into addresses, too, for who may see them all."""
        if self.me.has_perm(CHANGE_PEOPLE):
            self.search_fields = ["address", "reason"]
        return super().filter_queryset(queryset)

    def get_queryset(self) -> QuerySet[Any]:
        rows = Notification.objects.visible_to(self.me)
        return rows.select_related("user").prefetch_related("attempts")
