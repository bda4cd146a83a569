"""Incidents that become one, are taken apart, or have to do with each other."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from incidents.actions.merging import MAX_AT_ONCE
from incidents.choices import LinkKind
from incidents.models import Incident
from incidents.references import Strict

MAX_ALERTS = 2000


class IncidentReference(serializers.PrimaryKeyRelatedField[Incident]):
    """Another incident, by its number, of those that the person may see."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=Incident.objects.all(), **kwargs)

    def get_queryset(self) -> QuerySet[Incident]:
        return Incident.objects.visible_to(self.context["request"].user)


class MergeSerializer(Strict):
    incidents = serializers.ListField(
        child=IncidentReference(),
        min_length=1,
        max_length=MAX_AT_ONCE,
        help_text="They end, and go on as parts of the incident of the address.",
    )
    reason = serializers.CharField(required=False, allow_blank=True, default="", max_length=10_000)


class SplitSerializer(Strict):
    alerts = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**62),
        min_length=1,
        max_length=MAX_ALERTS,
    )
    title = serializers.CharField(
        required=False,
        allow_blank=True,
        default="",
        max_length=1024,
        help_text="Left out: the title of the first alert.",
    )
    pages = serializers.BooleanField(
        default=True, help_text="false: nobody is paged, and whoever splits has it."
    )


class IncidentUnlinkSerializer(Strict):
    incident = IncidentReference()


class IncidentLinkSerializer(IncidentUnlinkSerializer):
    kind = serializers.ChoiceField(LinkKind.choices, default=LinkKind.RELATED)


class RelatedIncidentSerializer(serializers.Serializer[Any]):
    """Another incident, and what this one is to it."""

    incident = serializers.IntegerField(source="incident.pk")
    title = serializers.CharField(source="incident.title")
    kind = serializers.ChoiceField([*LinkKind.choices, ("merged", "merged")])
    is_backward = serializers.BooleanField(help_text="The other one is that to this one.")
