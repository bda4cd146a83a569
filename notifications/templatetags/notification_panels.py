"""What notifications show on other apps' pages."""

from django import template
from django.urls import reverse

from notifications.forms import NoticeForm
from notifications.models import Notification, ServiceNotificationSettings

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
    "sms": "sms",
    "voice": "call",
    "push": "smartphone",
}
SHOWN = 40


@register.inclusion_tag("notifications/_incident_notifications.html")
def incident_notifications(incident):
    """Everybody who was told, by which way, and each attempt."""
    rows = incident.notifications.exclude(channel="inapp").select_related("user", "shared_channel")
    rows = list(rows.prefetch_related("attempts")[: SHOWN + 1])
    return {"incident": incident, "rows": rows[:SHOWN], "has_more": len(rows) > SHOWN}


@register.filter
def state_tone(row):
    return STATES[row.state][0]


@register.filter
def state_icon(row):
    return STATES[row.state][1]


@register.filter
def channel_icon(channel):
    return CHANNELS.get(channel, "forum")


@register.inclusion_tag("notifications/_bell.html", takes_context=True)
def bell(context):
    """The reader's own unread lines."""
    user = context["request"].user
    mine = Notification.objects.filter(user=user.pk, channel="inapp", read_at=None)
    rows = list(mine.select_related("incident")[:10]) if user.is_authenticated else []
    return {
        "rows": rows[:9],
        "has_more": len(rows) > 9,
        "csrf_token": context.get("csrf_token"),
        "next": context["request"].get_full_path(),
    }


@register.inclusion_tag("notifications/_service_notices.html", takes_context=True)
def service_notification_settings(context, service, may_change):
    """Which shared channels hear of this service, and of what."""
    notice = ServiceNotificationSettings.objects.filter(service=service).first()
    return {
        "form": NoticeForm(instance=notice) if may_change else None,
        "notification_settings": notice,
        "channels": notice.channels.all() if notice else [],
        "action": reverse("service_notification_settings", args=[service.pk]),
        "csrf_token": context["csrf_token"],
    }
