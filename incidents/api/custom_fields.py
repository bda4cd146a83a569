"""Custom fields of incidents."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from incidents.api.viewsets import ConfigRows
from incidents.custom_fields import choices_problem
from incidents.models import CustomField
from incidents.references import StrictModel


class CustomFieldSerializer(StrictModel):
    """``key`` is made of the name, and stays."""

    choices = serializers.ListField(
        child=serializers.CharField(max_length=200), max_length=200, required=False
    )

    class Meta:
        model = CustomField
        fields = ["id", "name", "key", "kind", "choices", "is_required", "position"]
        read_only_fields = ["key"]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        kind, choices = (
            attrs.get(name, getattr(self.instance, name, default))
            for name, default in (("kind", "text"), ("choices", []))
        )
        if problem := choices_problem(kind, choices):
            raise serializers.ValidationError({"choices": [problem]})
        return attrs


class CustomFieldViewSet(ConfigRows):
    """Further fields of every incident. Deleting one hides its values."""

    queryset = CustomField.objects.none()
    serializer_class = CustomFieldSerializer
    filterset_fields = ["name", "kind"]
    search_fields = ["name", "key"]
    ordering_fields = ["position", "name", "id"]
    ordering = "position"
    entitlements = {"": "incidents.Template_Maintenance"}

    def get_queryset(self) -> QuerySet[Any]:
        return CustomField.objects.visible_to(self.me)
