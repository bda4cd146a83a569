"""How long what came in is kept."""

from typing import Any

from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from incidents.api.known_parameters import KnownParameters
from integrations.api.serializers.retention import RetentionSerializer
from integrations.inbound import retention
from integrations.models import Retention


class RetentionView(KnownParameters, GenericAPIView):
    """Ages in days after which messages, their bodies and closed alerts are deleted."""

    serializer_class = RetentionSerializer
    queryset = Retention.objects.all()
    filter_backends = []
    pagination_class = None
    scope = "config"
    entitlements = {"": "integrations.change_retention"}

    def get_object(self) -> Any:
        return retention.retention()

    def get(self, request: Request) -> Response:
        return Response(self.get_serializer(self.get_object()).data)

    def put(self, request: Request) -> Response:
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        return Response(
            self.get_serializer(retention.change_retention(**serializer.validated_data)).data
        )
