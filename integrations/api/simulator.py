"""The action of an integration that simulates a message."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from incidents.api.viewsets import ConfigRows
from incidents.errors import InvalidRequest
from incidents.permissions import require_scope
from integrations.api.serializers.simulator import (
    SimulatedSerializer,
    SimulateSerializer,
    simulated_document,
)
from integrations.backtest import simulator
from integrations.models import InboundMessage, Integration
from integrations.setup.samples import sample_of


class SimulatorAction(ConfigRows):
    """For the viewset of integrations."""

    @extend_schema(request=SimulateSerializer, responses=SimulatedSerializer)
    @action(detail=True, methods=["post"])
    def simulate(self, request: Request, pk: int) -> Response:
        """What a message would do at a time: whom it tells, when and by what, by the real rules.
        Nothing is kept or sent."""
        integration, wanted = self.get_object(), self.input(SimulateSerializer)
        if "message" in wanted:
            require_scope(request, "messages:read")
        at = wanted.get("at") or timezone.now()
        message = _message(integration, wanted)
        found = simulator.simulate(message, at)
        worst = simulator.worst_minutes(message, at) if wanted["worst"] else []
        return Response(simulated_document(found, worst))


def _message(integration: Integration, wanted: dict[str, Any]) -> InboundMessage:
    """What was asked for; raises InvalidRequest where there is no such sample or message."""
    if "message" in wanted:
        found = simulator.stored_message(integration, wanted["message"])
        if found is None:
            raise InvalidRequest("message: there is no such message on the URL of the integration.")
        return found
    if "body" in wanted:
        return simulator.message_of_body(integration, wanted["body"])
    name = wanted.get("sample", "open")
    sample = sample_of(integration, name)
    if sample is None:
        raise InvalidRequest(f"sample: there is none that begins with “{name}”.")
    return simulator.message_of_sample(integration, sample)
