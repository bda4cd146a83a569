"""One notification to a machine, for tests of how it is sent."""

from django.utils import timezone

from notifications.actions import deliver as notification_deliver
from notifications.actions import page as notification_page
from notifications.models import Lane, Notification
from notifications.page import Page
from tests.factories import make_incident, make_shared_channel


def tell(*, incident=None, **fields):
    """One notification to a shared webhook, not yet sent; its task is taken away."""
    incident = incident or make_incident()
    channel = make_shared_channel()
    page = Page(
        incident.pk,
        f"run:{channel.pk}:0:0:0",
        "because",
        True,
        shared_channel_id=channel.pk,
        **fields,
    )
    notification_page.page([page], now=timezone.now())
    return Notification.objects.get(shared_channel=channel)


def deliver(row):
    notification_deliver.deliver([(row.pk, row.attempts_made)])
    row.refresh_from_db()
    return row


def let_breakers_close():
    """As if the time had passed for which they are open."""
    Lane.objects.update(opened_until=None)


def results(row):
    return [(a.number, a.outcome, a.may_repeat) for a in row.attempts.all()]
