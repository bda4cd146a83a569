"""Linked chat accounts."""

from typing import Any

from django.db.models import QuerySet
from rest_framework.exceptions import PermissionDenied

from incidents.api.viewsets import ConfigRows
from incidents.models import User
from integrations.api.serializers.chat import ChatIdentitySerializer
from integrations.chat.account_link import Claim
from integrations.models import ChatIdentity
from integrations.models.chat import KNOWS_ALL
from integrations.setup import chat


class ChatIdentityViewSet(ConfigRows):
    """Users of chats and their persons. People see and remove their own, and add theirs with the
    link in the chat; who administers security may add and remove any."""

    http_method_names = ["get", "post", "delete", "head", "options"]
    queryset = ChatIdentity.objects.none()
    serializer_class = ChatIdentitySerializer
    filterset_fields = ["provider", "workspace", "chat_user"]
    search_fields = ["name", "chat_user", "user__name", "user__email"]
    ordering_fields = ["id", "name", "linked_at"]
    ordering = "id"
    entitlements = {"": KNOWS_ALL, "destroy": None}

    def get_queryset(self) -> QuerySet[Any]:
        return ChatIdentity.objects.visible_to(self.me).select_related("user")

    def write(self, row: Any, fields: dict[str, Any]) -> Any:
        self._check_may_change(fields["user"])
        claim = Claim(
            fields["provider"], fields["workspace"], fields["chat_user"], fields.get("name", "")
        )
        return chat.link_chat_user(fields["user"], claim)

    def perform_destroy(self, instance: Any) -> None:
        self._check_may_change(instance.user)
        chat.unlink_chat_user(instance.pk)

    def _check_may_change(self, person: User) -> None:
        """Whoever is linked to a person acts as they do."""
        if not self.me.may_change(person):
            raise PermissionDenied("You may link and unlink who may no more than you.")
