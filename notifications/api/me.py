"""Oneself."""

from typing import Any, cast

from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from incidents.actions import people
from incidents.api.known_parameters import KnownParameters
from incidents.models import ApiKey, User
from notifications.api.contacts import UserViewSet
from notifications.serializers.contacts import MeSerializer


class MeView(KnownParameters, GenericAPIView[Any]):
    """Who is asking: the person, what they may do, and the scopes of the key."""

    serializer_class = MeSerializer
    filter_backends = []
    pagination_class = None
    scope = "config"
    scopes = {"get": ""}
    entitlements = {"": None}

    def get(self, request: Request) -> Response:
        return self._answer()

    def patch(self, request: Request) -> Response:
        """Change one's own name or time zone."""
        serializer = self.get_serializer(request.user, data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        mine = {k: v for k, v in serializer.validated_data.items() if k in ("name", "time_zone")}
        me = cast(User, request.user)
        people.change_person(me.pk, by=me, **mine)
        return self._answer()

    def _answer(self) -> Response:
        key = self.request.auth
        me = UserViewSet(request=self.request).get_queryset().get(pk=self.request.user.pk)
        me.scopes = key.scopes if isinstance(key, ApiKey) else None
        return Response(self.get_serializer(me).data)
