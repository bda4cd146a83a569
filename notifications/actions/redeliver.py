"""What was sent to a shared channel is sent again when somebody asks for it."""

import uuid

from django.db import transaction
from django.utils import timezone

from incidents.errors import InvalidRequest
from incidents.models import User
from notifications.actions.enqueue import enqueue
from notifications.models import Notification
from notifications.page import PICKUP_TIMEOUT


@transaction.atomic
def redeliver(notification_id: int, by: User) -> Notification:
    """The same event as another notification, with the id of its delivery: it says that it was
    sent again, and what it tells of the incident is as of now.

    Raises InvalidRequest for what is still on its way, and where the channel is gone.
    """
    row = Notification.objects.select_related("shared_channel").get(pk=notification_id)
    if row.shared_channel is None:
        raise InvalidRequest("This was not sent to a shared channel, or the channel is gone.")
    if row.state == Notification.State.WAITING:
        raise InvalidRequest("This is still on its way. It is tried again by itself.")
    now = timezone.now()
    again = Notification.objects.create(
        incident_id=row.incident_id,
        event=row.event,
        shared_channel=row.shared_channel,
        channel=row.shared_channel.channel,
        address=row.shared_channel.address[:500],
        reason=f"{by} sent it again",
        page_key=f"redelivery:{uuid.uuid4()}",
        address_key=row.address_key,
        urgent=False,
        is_announcement=True,  # It is not superseded by what has become of the incident.
        delivery_id=row.delivery_id,
        facts={**row.facts, "is_redelivery": True},
        created_at=now,
        due_at=now,
        next_attempt_at=now + PICKUP_TIMEOUT,
    )
    enqueue([again])
    return again
