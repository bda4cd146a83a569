"""Message templates: the words of messages in place of the usual ones."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from incidents.api.viewsets import ConfigRows
from notifications.actions import message_previews, message_templates
from notifications.actions.message_templates import Key
from notifications.choices import TemplateKind, TemplateOccasion
from notifications.message.message import Written
from notifications.models import MessageTemplate
from notifications.models.message_template import CHANGE
from notifications.serializers.message_templates import (
    MessageTemplateSerializer,
    PreviewRequestSerializer,
    PreviewSerializer,
)


class MessageTemplateViewSet(ConfigRows):
    """What messages say where that is not the usual text. A template is refused with its field
    and what to write instead; to delete one is to send the usual text again."""

    queryset = MessageTemplate.objects.none()
    serializer_class = MessageTemplateSerializer
    filterset_fields = ["kind", "occasion", "language"]
    search_fields = ["text"]
    ordering_fields = ["kind", "occasion", "id"]
    ordering = "kind"
    entitlements = {"": CHANGE}

    def get_queryset(self) -> QuerySet[Any]:
        return MessageTemplate.objects.visible_to(self.me)

    def write(self, row: Any, fields: dict[str, Any]) -> Any:
        said = {"subject": "", "text": "", **fields}
        if row is not None:
            said = {"subject": row.subject, "text": row.text, **fields}
            said |= {"kind": row.kind, "occasion": row.occasion, "language": row.language}
        written = Written(said["subject"], said["text"])
        return message_templates.save_template(_key(said), written, by=self.me)

    @extend_schema(request=PreviewRequestSerializer, responses=PreviewSerializer)
    @action(detail=False, methods=["post"])
    def preview(self, request: Request) -> Response:
        """What a message would say by a template that is not saved yet, or by the one in use."""
        said = self.input(PreviewRequestSerializer)
        key = _key(said)
        written = Written(said["subject"], said["text"])
        if not said["text"]:
            written = message_templates.text_of(key)
        found = message_previews.preview(key, written, self.me, number=said.get("incident"))
        return Response(PreviewSerializer(found).data)


def _key(said: dict[str, Any]) -> Key:
    language = said.get("language", "")
    return TemplateKind(said["kind"]), TemplateOccasion(said["occasion"]), language
