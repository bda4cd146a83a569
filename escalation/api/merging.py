"""Incidents become one, are taken apart, or are linked."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from escalation.actions import merging
from incidents.actions import links
from incidents.api.incidents import IncidentRows
from incidents.models import Incident
from incidents.serializers.incidents import EmptySerializer
from incidents.serializers.merging import (
    IncidentLinkSerializer,
    IncidentUnlinkSerializer,
    MergeSerializer,
    SplitSerializer,
)


class MergingRows(IncidentRows):
    """What is done with an incident and others, or with a part of it."""

    @extend_schema(request=MergeSerializer)
    @action(detail=True, methods=["post"])
    def merge(self, request: Request, pk: str) -> Response:
        """Others become parts of this one: they end, and their alerts go on here."""
        incident, said = self.acting_on(), self.input(MergeSerializer)
        others = said.pop("incidents")
        self.refuse_bystanders(others)
        ids = [other.pk for other in others]
        return self.answer(merging.merge(incident.pk, ids, **said, **self.actor))

    @extend_schema(request=EmptySerializer)
    @action(detail=True, methods=["post"])
    def undo_merge(self, request: Request, pk: str) -> Response:
        """For a day: this one, which was merged, stands alone again with the alerts it brought."""
        self.input(EmptySerializer)
        incident = self.acting_on()
        self.refuse_bystanders(self._whole_of(incident))
        return self.answer(merging.undo_merge(incident.pk, **self.actor))

    def _whole_of(self, incident: Incident) -> QuerySet[Incident]:
        """What it was merged into."""
        return Incident.objects.filter(absorbed__source=incident, absorbed__undone_at=None)

    @extend_schema(request=SplitSerializer)
    @action(detail=True, methods=["post"])
    def split(self, request: Request, pk: str) -> Response:
        """Some of its alerts begin an incident of their own, which is the answer."""
        incident, said = self.acting_on(), self.input(SplitSerializer)
        new = merging.split(incident.pk, **said, **self.actor)
        return self.answer(new, status=201)

    @extend_schema(request=IncidentLinkSerializer)
    @action(detail=True, methods=["post"])
    def link(self, request: Request, pk: str) -> Response:
        """Say what it is to another one. It has no effect."""
        return self._linked(IncidentLinkSerializer, links.link)

    @extend_schema(request=IncidentUnlinkSerializer)
    @action(detail=True, methods=["post"])
    def unlink(self, request: Request, pk: str) -> Response:
        """It has nothing to do with the other one."""
        return self._linked(IncidentUnlinkSerializer, links.unlink)

    def _linked(self, serializer_class: Any, execute: Any) -> Response:
        incident, said = self.acting_on(), self.input(serializer_class)
        other = said.pop("incident")
        return self.answer(execute(incident.pk, other.pk, **said, **self.actor))
