"""What one has opted out of."""

from typing import Any, cast

from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from incidents.api.known_parameters import KnownParameters
from incidents.models import Service, User
from incidents.models.people import UPDATE_OWN_NOTIFICATIONS
from incidents.permissions import check_of_oneself
from incidents.references import Reference, Strict
from integrations.models import Integration
from integrations.setup import opt_outs
from notifications.models import ServiceOptOut


class OptOutsSerializer(Strict):
    """Low urgency and news of these are lines in the portal alone; high urgency pages all the
    same. ``services`` and ``integrations`` are written as a whole."""

    services = Reference(Service, many=True)
    integrations = Reference(Integration, many=True)


class OptOutsView(KnownParameters, GenericAPIView[Any]):
    """The services and integrations of whose low urgency one is not told. PUT writes all."""

    serializer_class = OptOutsSerializer
    queryset = ServiceOptOut.objects.none()
    filter_backends = []
    pagination_class = None
    scope = "config"
    entitlements = {"": None}

    def get(self, request: Request) -> Response:
        return self._answer(cast(User, request.user))

    def put(self, request: Request) -> Response:
        check_of_oneself(request, UPDATE_OWN_NOTIFICATIONS)
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        me = cast(User, request.user)
        opt_outs.set_opt_outs(me, **serializer.validated_data)
        return self._answer(me)

    def _answer(self, me: User) -> Response:
        found = {
            "services": Service.objects.filter(opt_outs__user=me),
            "integrations": Integration.objects.filter(opt_outs__user=me).order_by("name"),
        }
        return Response(self.get_serializer(found).data)
