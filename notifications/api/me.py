"""Oneself."""

from typing import Any, cast

from django.db.models import Prefetch
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from incidents.actions import people
from incidents.api.known_parameters import KnownParameters
from incidents.models import ApiKey, User
from incidents.models.people import UPDATE_OWN, VIEW_OWN
from incidents.permissions import check_of_oneself
from notifications.models import ContactMethod
from notifications.serializers.contacts import MeSerializer

OWN_FIELDS = ("name", "time_zone", "language", "phone")


class MeView(KnownParameters, GenericAPIView[Any]):
    """Who is asking: the person, what they may do, and the scopes of the key."""

    serializer_class = MeSerializer
    filter_backends = []
    pagination_class = None
    scope = "config"
    scopes = {"get": ""}
    entitlements = {"": None}

    def get(self, request: Request) -> Response:
        check_of_oneself(request, VIEW_OWN)
        return self._answer()

    def patch(self, request: Request) -> Response:
        """Change one's own name, time zone, language or telephone number."""
        check_of_oneself(request, UPDATE_OWN)
        serializer = self.get_serializer(request.user, data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        mine = {k: v for k, v in serializer.validated_data.items() if k in OWN_FIELDS}
        me = cast(User, request.user)
        people.change_person(me.pk, by=me, **mine)
        return self._answer()

    def _answer(self) -> Response:
        key = self.request.auth
        user = cast(User, self.request.user)
        methods = ContactMethod.objects.visible_to(user)
        rows = User.objects.prefetch_related(
            "groups", Prefetch("contact_methods", methods, to_attr="visible_methods")
        )
        me: Any = rows.get(pk=user.pk)
        me.scopes = key.scopes if isinstance(key, ApiKey) else None
        return Response(self.get_serializer(me).data)
