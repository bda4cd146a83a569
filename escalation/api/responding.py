"""Others are brought in: asked, or paged by a play or by another policy."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from escalation.actions import add_responders, promote
from escalation.serializers.incidents import PromoteSerializer, RunPlaySerializer
from incidents.actions import responder_requests
from incidents.api.incidents import IncidentRows
from incidents.serializers.responders import AnswerSerializer, AskSerializer


class RespondingRows(IncidentRows):
    """Who else is told of an incident, and what they answer."""

    own_acts: ClassVar[dict[str, tuple[Any, Any]]] = {
        "add_responders": (AskSerializer, add_responders.ask),
        "run_play": (RunPlaySerializer, promote.run_play),
        "promote": (PromoteSerializer, promote.promote),
    }

    @extend_schema(request=AskSerializer)
    @action(detail=True, methods=["post"])
    def add_responders(self, request: Request, pk: str) -> Response:
        """Ask people and teams to respond, beside whoever the policy tells."""
        return self.act("add_responders")

    @extend_schema(request=AnswerSerializer)
    @action(detail=True, methods=["post"])
    def answer_request(self, request: Request, pk: str) -> Response:
        """Accept or decline, as somebody who was asked to respond."""
        incident = self.get_object()
        said = self.input(AnswerSerializer)["answer"]
        return self.answer(responder_requests.answer(incident.pk, said, **self.actor))

    @extend_schema(request=RunPlaySerializer)
    @action(detail=True, methods=["post"])
    def run_play(self, request: Request, pk: str) -> Response:
        """Page by a response play from now on, in a new round."""
        return self.act("run_play")

    @extend_schema(request=PromoteSerializer)
    @action(detail=True, methods=["post"])
    def promote(self, request: Request, pk: str) -> Response:
        """Page by another policy from now on, with further people, teams and topics."""
        return self.act("promote")
