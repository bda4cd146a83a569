"""The admin of notifications and their attempts, read-only."""

from django.contrib import admin
from unfold.admin import TabularInline
from unfold.decorators import display

from incidents.admin.base import PartInline, ReadOnlyAdmin
from notifications.models import Attempt, Notification

COLOURS = {
    "waiting": "info",
    "sent": "success",
    "delivered": "success",
    "failed": "danger",
    "superseded": "warning",
}


class AttemptInline(PartInline, TabularInline):
    model = Attempt
    fields = ["number", "started_at", "finished_at", "outcome", "error", "may_repeat"]
    readonly_fields = fields  # type: ignore[assignment]
    hide_title = True


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

    @admin.display(description="Recipient")
    def recipient(self, notification: Notification) -> str:
        return str(notification.user or notification.shared_channel)

    @display(description="State", ordering="state", label=COLOURS)
    def shown_state(self, notification: Notification) -> tuple[str, str]:
        return notification.state, notification.get_state_display()
