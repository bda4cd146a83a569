"""Shared channels and the catch-all."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from incidents.api.known_parameters import KnownParameters
from incidents.api.viewsets import ConfigRows
from incidents.permissions import may_read_secrets
from incidents.serializers.incidents import EmptySerializer
from notifications.actions import contact_methods, settings
from notifications.models import CatchAll, SharedChannel
from notifications.serializers.channels import CatchAllSerializer, SharedChannelSerializer
from notifications.serializers.contacts import NotificationSerializer

CHANGE = "notifications.change_sharedchannel"


class SharedChannelViewSet(ConfigRows):
    """Places that several people read, or machines. The address of a webhook is often a password,
    so ``config`` is shown to those who may change it, and to keys that may write."""

    queryset = SharedChannel.objects.none()
    serializer_class = SharedChannelSerializer
    filterset_fields = ["name", "channel", "is_enabled", "is_default"]
    search_fields = ["name"]
    ordering_fields = ["name", "id"]
    ordering = "name"
    entitlements = {
        "": CHANGE,
        "create": "notifications.add_sharedchannel",
        "destroy": "notifications.delete_sharedchannel",
    }

    def get_queryset(self) -> QuerySet[Any]:
        return SharedChannel.objects.visible_to(self.me)

    def get_serializer_context(self) -> dict[str, Any]:
        shows = self.me.has_perm(CHANGE) and may_read_secrets(self.request)
        return {**super().get_serializer_context(), "shows_config": shows}

    def write(self, row: Any, fields: dict[str, Any]) -> Any:
        if row is None:
            return settings.add_shared_channel(**fields)
        # Another channel would need other settings: it is added as another one.
        fields.pop("channel", None)
        return settings.change_shared_channel(row.pk, **fields)

    @extend_schema(request=EmptySerializer, responses={202: NotificationSerializer})
    @action(detail=True, methods=["post"])
    def test(self, request: Request, pk: str) -> Response:
        """Send a test by the path that real messages take."""
        self.input(EmptySerializer)
        notification = contact_methods.send_test(shared_channel_id=self.get_object().pk)
        shows, context = self.may_read("incidents"), self.get_serializer_context()
        body = (
            NotificationSerializer(notification, context=context).data
            if shows
            else {"id": notification.pk}
        )
        return Response(body, status=202)


class CatchAllView(KnownParameters, GenericAPIView[Any]):
    """Who is told when everything else reached nobody."""

    serializer_class = CatchAllSerializer
    queryset = CatchAll.objects.all()
    filter_backends = []
    pagination_class = None
    scope = "config"
    entitlements = {"get": "notifications.view_catchall", "": "notifications.change_catchall"}

    def get_object(self) -> Any:
        return self.get_queryset().get(pk=1)

    def get(self, request: Request) -> Response:
        return Response(self.get_serializer(self.get_object()).data)

    def put(self, request: Request) -> Response:
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        wanted = serializer.validated_data
        row = settings.set_catch_all(
            users=wanted.get("users", []), channels=wanted.get("channels", [])
        )
        return Response(self.get_serializer(row).data)

    def patch(self, request: Request) -> Response:
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        return Response(
            self.get_serializer(settings.set_catch_all(**serializer.validated_data)).data
        )
