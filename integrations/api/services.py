"""Services, with what archiving one means to its integrations."""

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from escalation.api.services import ServiceRows
from incidents.serializers.incidents import EmptySerializer
from integrations.setup import archiving


class ServiceViewSet(ServiceRows):
    """What is being operated. One that has incidents is archived, and cannot be deleted."""

    @extend_schema(request=EmptySerializer)
    @action(detail=True, methods=["post"])
    def archive(self, request: Request, pk: str) -> Response:
        """Keep its history, and open nothing for it any more; its integrations are disabled. All
        of its incidents must be resolved. Doing it twice changes nothing."""
        self.input(EmptySerializer)
        return self.answer(archiving.archive_service(self.get_object().pk))

    @extend_schema(request=EmptySerializer)
    @action(detail=True, methods=["post"])
    def unarchive(self, request: Request, pk: str) -> Response:
        """Take it back into use; enable the integrations that are needed. Doing it twice changes
        nothing."""
        self.input(EmptySerializer)
        return self.answer(archiving.unarchive_service(self.get_object().pk))
