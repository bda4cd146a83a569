"""What incidents that are opened by hand begin with."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from escalation.models import IncidentTemplate, Policy
from incidents.api.viewsets import ConfigRows
from incidents.custom_fields import clean_tags, merge_values
from incidents.models import Service, Topic
from incidents.references import JsonObject, Reference, StrictModel
from incidents.serializers.incidents import TagsField


class IncidentTemplateSerializer(StrictModel):
    service = Reference(Service, required=False, allow_null=True)
    policy = Reference(Policy, required=False, allow_null=True)
    topics = Reference(Topic, many=True, required=False)
    tags = TagsField(required=False)
    custom_fields = JsonObject(required=False)

    class Meta:
        model = IncidentTemplate
        fields = [
            "id",
            "name",
            "title",
            "description",
            "service",
            "severity",
            "priority",
            "policy",
            "topics",
            "tags",
            "custom_fields",
            "is_private",
            "created_at",
        ]


class IncidentTemplateViewSet(ConfigRows):
    """Templates: named as ``template``, one fills in what a new incident does not say."""

    queryset = IncidentTemplate.objects.none()
    serializer_class = IncidentTemplateSerializer
    filterset_fields = ["name", "service"]
    search_fields = ["name", "title"]
    ordering_fields = ["name", "id"]
    ordering = "name"
    entitlements = {"": "incidents.Template_Maintenance"}

    def get_queryset(self) -> QuerySet[Any]:
        return IncidentTemplate.objects.visible_to(self.me).prefetch_related("topics")

    @transaction.atomic
    def write(self, row: Any, fields: dict[str, Any]) -> Any:
        """Raises InvalidRequest for values that custom fields cannot hold."""
        topics = fields.pop("topics", None)
        if "tags" in fields:
            fields["tags"] = clean_tags(fields["tags"])
        if "custom_fields" in fields:
            fields["custom_fields"] = merge_values({}, fields["custom_fields"])
        template = self.save(row, fields)
        if topics is not None:
            template.topics.set(topics)
        return template
