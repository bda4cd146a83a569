"""Conferences to meet in."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from incidents.api.viewsets import ConfigRows
from incidents.models import ConferenceBridge
from incidents.references import StrictModel


class ConferenceBridgeSerializer(StrictModel):
    text = serializers.CharField(read_only=True, help_text="As it is copied onto incidents.")

    class Meta:
        model = ConferenceBridge
        fields = ["id", "name", "telephone_number", "access_code", "meeting_url", "text"]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        found = [
            attrs.get(name, getattr(self.instance, name, ""))
            for name in ("telephone_number", "meeting_url")
        ]
        if not any(found):
            words = "Write a telephone number, the address of a meeting, or both."
            raise serializers.ValidationError({"telephone_number": [words]})
        return attrs


class ConferenceBridgeViewSet(ConfigRows):
    """Conferences, to choose on integrations. Deleting one leaves its text on incidents."""

    queryset = ConferenceBridge.objects.none()
    serializer_class = ConferenceBridgeSerializer
    search_fields = ["name", "telephone_number", "meeting_url"]
    ordering_fields = ["name", "id"]
    ordering = "name"
    entitlements = {"": "incidents.Bridge_Maintenance"}

    def get_queryset(self) -> QuerySet[Any]:
        return ConferenceBridge.objects.visible_to(self.me)
