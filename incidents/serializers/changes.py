"""Changes, as the API shows and takes them."""

from datetime import datetime
from typing import Any

from rest_framework import serializers

from incidents.models import Change, Service
from incidents.references import JsonObject, Reference, Strict, StrictModel

SCHEMES = ("https://", "http://")


class LinkSerializer(Strict):
    """An address, and the words that lead to it."""

    href = serializers.URLField(max_length=2048)
    text = serializers.CharField(max_length=255, required=False, allow_blank=True, default="")

    def to_representation(self, pair: Any) -> dict[str, Any]:
        return {"href": pair[1], "text": pair[0]}


class ChangeSerializer(StrictModel):
    service = Reference(Service)
    service_name = serializers.CharField(source="service.name", read_only=True)
    at = serializers.DateTimeField(required=False, help_text="Empty: now.")
    links = LinkSerializer(many=True, required=False)
    attributes = JsonObject(required=False)

    class Meta:
        model = Change
        fields = [
            "id",
            "service",
            "service_name",
            "summary",
            "source",
            "at",
            "received_at",
            "via",
            "links",
            "attributes",
        ]
        read_only_fields = ["received_at", "via"]

    def validate_at(self, at: datetime) -> datetime:
        if not 1970 <= at.year < 3000:
            raise serializers.ValidationError("No calendar can show it: write another year.")
        return at

    def validate_links(self, links: list[dict[str, str]]) -> list[list[str]]:
        if len(links) > 20:
            raise serializers.ValidationError("20 links at most.")
        return [[link["text"] or link["href"], link["href"]] for link in links]
