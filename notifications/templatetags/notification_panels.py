"""Panels of notifications for the pages of other apps."""

from decimal import Decimal
from typing import Any

from django import template
from django.db.models import Q
from django.urls import reverse

from incidents.models import Incident, Service, User
from notifications.actions.choices_of_pages import labels_of
from notifications.channels import all_channels
from notifications.choices import NotificationEvent
from notifications.forms import NoticeForm
from notifications.models import Notification, ServiceNotificationSettings, SharedChannel
from notifications.page import PAGES
from notifications.receipt_ladder import ladders_of
from opsportal.lib.prepared_queries import PreparedQuery, number

register = template.Library()
STATES = {
    "waiting": ("amber", "schedule_send"),
    "sent": ("green", "done"),
    "delivered": ("green", "done_all"),
    "failed": ("red", "error"),
    "superseded": ("gray", "block"),
}
CHANNELS = {
    "email": "mail",
    "webhook": "webhook",
    "inapp": "notifications",
    "slack": "tag",
    "sms": "sms",
    "voice": "call",
    "push": "smartphone",
    "teams": "groups",
    "ntfy": "smartphone",
    "gotify": "smartphone",
    "bark": "smartphone",
}
KINDS_OF_MESSAGES: dict[str, str] = {
    NotificationEvent.TEST: "test",
    NotificationEvent.VERIFICATION: "code",
}
MAX_SHOWN = 40
MAX_UNREAD_SHOWN = 9
IS_UNREAD = Q(channel="inapp", read_at=None)
UNREAD = PreparedQuery(
    lambda: Notification.objects.filter(IS_UNREAD, user=number("user")).order_by().values("pk")[:1]
)


@register.inclusion_tag("notifications/_incident_notifications.html", takes_context=True)
def incident_notifications(context: dict[str, Any], incident: Incident) -> dict[str, Any]:
    """The notifications of an incident with their attempts, at most 40."""
    sent = incident.notifications.exclude(channel="inapp").select_related("user", "shared_channel")
    rows = list(sent.prefetch_related("attempts")[: MAX_SHOWN + 1])
    reader = context["request"].user
    return {
        "incident": incident,
        "rows": rows[:MAX_SHOWN],
        "ladders": ladders_of(rows[:MAX_SHOWN]),
        "has_more": len(rows) > MAX_SHOWN,
        "reader": reader,
    }


@register.simple_tag
def address_for(row: Notification, reader: User) -> str:
    """Where it went, for whom that is to know; else by what channel."""
    return (row.address if row.shows_address_to(reader) else "") or row.channel


@register.simple_tag
def text_for(row: Notification, text: str, reader: User) -> str:
    """An error of a channel, without an address that is not for the reader."""
    return row.without_address(text, reader)


@register.filter
def kind_of_message(row: Notification) -> str:
    """What a message was, such as a page or a code."""
    if row.event in PAGES and not row.is_announcement:
        return "page"
    return KINDS_OF_MESSAGES.get(row.event, "message")


@register.filter
def state_tone(row: Notification) -> str:
    return STATES[row.state][0]


@register.filter
def state_icon(row: Notification) -> str:
    return STATES[row.state][1]


@register.filter
def channel_label(channel: str) -> str:
    """What people call a channel."""
    known = all_channels().get(channel)
    return known.label if known else channel


@register.filter
def channel_icon(channel: str) -> str:
    return CHANNELS.get(channel, "forum")


@register.filter
def price(amount: Decimal) -> str:
    """Without the zeros that the database adds at its end."""
    return format(amount.normalize(), "f")


@register.inclusion_tag("notifications/_bell.html", takes_context=True)
def bell(context: dict[str, Any]) -> dict[str, Any]:
    """The unread in-app notifications of the user."""
    user = context["request"].user
    rows: list[Notification] = []
    if user.is_authenticated and UNREAD.exists(user=user.pk):
        mine = Notification.objects.filter(user=user.pk).filter(IS_UNREAD)
        rows = list(mine.select_related("incident")[: MAX_UNREAD_SHOWN + 1])
    return {
        "rows": rows[:MAX_UNREAD_SHOWN],
        "hidden": _hidden(rows, user),
        "has_more": len(rows) > MAX_UNREAD_SHOWN,
        "csrf_token": context.get("csrf_token"),
        "next": context["request"].get_full_path(),
    }


def _hidden(rows: list[Notification], user: User) -> set[int]:
    """The ids of the private incidents among these that the person does not see any more."""
    private = {row.incident.pk for row in rows if row.incident and row.incident.is_private}
    if not private:
        return set()
    hidden = Incident.objects.filter(pk__in=private).hidden_from(user)
    return set(hidden.values_list("pk", flat=True))


@register.inclusion_tag("notifications/_service_notices.html", takes_context=True)
def service_notification_settings(
    context: dict[str, Any], service: Service, may_change: bool
) -> dict[str, Any]:
    """The shared channels that are notified of this service, and of what."""
    notice = ServiceNotificationSettings.objects.filter(service=service).first()
    return {
        "form": NoticeForm(instance=notice) if may_change else None,
        "notification_settings": notice,
        "channels": notice.channels.all() if notice else [],
        "to_people": labels_of(notice.personal_channels) if notice else "",
        "defaults": SharedChannel.objects.filter(is_default=True, is_enabled=True),
        "action": reverse("service_notification_settings", args=[service.pk]),
        "csrf_token": context["csrf_token"],
        "perms": context["perms"],
    }
