"""The admin of linked chat accounts."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from incidents.admin.base import EntitledAdmin, user_of
from integrations.models import ChatIdentity
from integrations.models.chat import KNOWS_ALL
from integrations.setup import chat


@admin.register(ChatIdentity)
class ChatIdentityAdmin(EntitledAdmin):
    """Made by the people themselves, with the link in the answer of a chat; removed here."""

    entitlement = KNOWS_ALL
    list_display = ["name", "provider", "workspace", "chat_user", "user", "linked_at"]
    list_filter = ["provider", "user"]
    list_select_related = ["user"]
    search_fields = ["name", "chat_user", "workspace", "user__name", "user__email"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(self.entitlement)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if obj is not None and not user_of(request).may_change(obj.user):
            return False
        return super().has_delete_permission(request, obj)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        chat.unlink_chat_user(obj.pk)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for row in queryset:
            chat.unlink_chat_user(row.pk)
