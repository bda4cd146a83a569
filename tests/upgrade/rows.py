"""What the dumps hold."""

from datetime import timedelta

from django.utils import timezone

from escalation.models import Play, Tier
from incidents.actions.api_keys import create_key
from incidents.actions.changes import record_change
from incidents.models import ConferenceBridge, Service, User
from integrations.models import (
    ChatIdentity,
    Integration,
    MailAccount,
    MaintenanceWindow,
    Retention,
)
from notifications.models import Notification, Rule, ServiceNotificationSettings, SharedChannel
from opsportal.demo import content


def fill():
    """Some rows in every table that a portal fills in use."""
    content.seed()
    now, service = timezone.now(), Service.objects.first()
    admin = User.objects.get(is_superuser=True)
    ana = User.objects.get(name="Ana")
    create_key(admin, "A script", ["incidents:read"])
    record_change(service, "Deployed 1.2", source="CI", at=now, attributes={"build": "7"})
    Rule.objects.create(user=ana, urgency="high", contact_method=ana.contact_methods.first())
    hook = SharedChannel.objects.create(
        name="Room", channel="webhook", config={"url": "https://hook.example/in", "secret": "s"}
    )
    ServiceNotificationSettings.objects.create(service=service).channels.add(hook)
    play = Play.objects.create(name="Everybody")
    Tier.objects.create(play=play).users.add(ana)
    bridge = ConferenceBridge.objects.create(name="War room", telephone_number="+49 30 1")
    Integration.objects.update(conference_bridge=bridge, basic_password="p", bearer_token="t")
    MailAccount.objects.create(name="Inbox", host="mail.example", username="ops", password="p")
    ChatIdentity.objects.create(user=ana, provider="slack", workspace="T1", chat_user="U1")
    window = MaintenanceWindow.objects.create(
        name="Patch night", starts_at=now, ends_at=now + timedelta(hours=2), created_by=admin
    )
    window.services.add(service)
    Retention.objects.get_or_create(pk=1)
    notification = Notification.objects.first()
    if notification and not notification.attempts.exists():
        notification.attempts.create(number=1, started_at=now, outcome="accepted")
