"""What incidents are about, and who wants to be told of it."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from incidents.api.viewsets import ConfigRows
from incidents.models import Team, Topic, User
from incidents.references import Reference, StrictModel
from incidents.responders import refuse_stakeholders


class TopicSerializer(StrictModel):
    """``teams`` and ``users`` are written as a whole."""

    teams = Reference(Team, many=True, required=False)
    users = Reference(User, by="email", many=True, required=False, help_text="Subscribers.")

    class Meta:
        model = Topic
        fields = ["id", "name", "description", "priority", "teams", "users", "created_at"]


class TopicViewSet(ConfigRows):
    """Topics: chosen for an incident, they have their teams and subscribers told as well."""

    queryset = Topic.objects.none()
    serializer_class = TopicSerializer
    filterset_fields = ["name", "teams", "users"]
    search_fields = ["name", "description"]
    ordering_fields = ["name", "id"]
    ordering = "name"
    entitlements = {"": "incidents.Topics_Maintenance"}

    def get_queryset(self) -> QuerySet[Any]:
        return Topic.objects.visible_to(self.me).prefetch_related("teams", "users")

    @transaction.atomic
    def write(self, row: Any, fields: dict[str, Any]) -> Any:
        """Raises InvalidRequest where a subscriber is a Stakeholder."""
        refuse_stakeholders("users", fields.get("users", ()))
        told = {name: fields.pop(name) for name in ("teams", "users") if name in fields}
        topic = self.save(row, fields)
        for name, rows in told.items():
            getattr(topic, name).set(rows)
        return topic
