"""The admin of notifications and their attempts, read-only."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import TabularInline
from unfold.decorators import display

from incidents.admin.base import PartInline, ReadOnlyAdmin, user_of
from incidents.models.people import CHANGE_PEOPLE
from notifications.models import Attempt, Notification

ADDRESSES = ("address", "error")
COLOURS = {
    "waiting": "info",
    "sent": "success",
    "delivered": "success",
    "failed": "danger",
    "superseded": "warning",
}


class AttemptInline(PartInline, TabularInline):
    model = Attempt
    fields = ["number", "started_at", "finished_at", "outcome", "provider_name", "receipt", "error"]
    readonly_fields = fields  # type: ignore[assignment]
    hide_title = True


class AttemptWithoutErrorInline(AttemptInline):
    fields = ["number", "started_at", "finished_at", "outcome", "provider_name", "receipt"]
    readonly_fields = fields


@admin.register(Notification)
class NotificationAdmin(ReadOnlyAdmin):
    inlines = [AttemptInline]
    list_display = [
        "created_at",
        "event",
        "recipient",
        "channel",
        "address",
        "shown_state",
        "incident",
    ]
    list_filter = ["state", "channel", "event"]
    list_select_related = ["user", "shared_channel", "incident"]
    search_fields = ["user__email", "user__name", "address", "=incident__id"]
    # No ``facts``: that of a verification holds its code.
    fields = [
        "event",
        "incident",
        "user",
        "shared_channel",
        "channel",
        "address",
        "reason",
        "state",
        "error",
        "created_at",
        "due_at",
        "next_attempt_at",
        "attempts_made",
        "done_at",
        "merged_into",
        "delivery_id",
    ]

    def get_list_display(self, request: HttpRequest) -> Any:
        return _seen(request, super().get_list_display(request))

    def get_search_fields(self, request: HttpRequest) -> Any:
        return _seen(request, super().get_search_fields(request))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Errors may name the address."""
        if obj and obj.shows_address_to(user_of(request)):
            return super().get_fields(request, obj)
        return [name for name in super().get_fields(request, obj) if name not in ADDRESSES]

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        shown = obj and obj.shows_address_to(user_of(request))
        return super().get_inlines(request, obj) if shown else [AttemptWithoutErrorInline]

    @admin.display(description="Recipient")
    def recipient(self, notification: Notification) -> str:
        return str(notification.user or notification.shared_channel or notification.address)

    @display(description="State", ordering="state", label=COLOURS)
    def shown_state(self, notification: Notification) -> tuple[str, str]:
        return notification.state, notification.get_state_display()


def _seen(request: HttpRequest, names: Any) -> list[Any]:
    """The columns, without addresses of people where those are not for who looks."""
    if request.user.has_perm(CHANGE_PEOPLE):
        return list(names)
    return [name for name in names if name not in ADDRESSES]
