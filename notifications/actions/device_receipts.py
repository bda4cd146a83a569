"""What devices say of pushes: shown, and tapped."""

import uuid

from django.db import connection
from django.utils import timezone

from notifications.actions.contact_methods import confirm_by_tap
from notifications.choices import NotificationEvent
from notifications.models import Notification

# One that is said to be waiting, or to have failed, has arrived all the same: nobody knew.
DELIVERED = """
    WITH first AS (
        SELECT id, contact_method_id FROM notifications_notification
        WHERE delivery_id = %(delivery)s AND channel = 'push'),
    told AS (
        UPDATE notifications_notification AS n
        SET state = 'delivered', done_at = coalesce(n.done_at, %(now)s), next_attempt_at = NULL,
            sending_since = NULL, waits_for_lane = false
        FROM first
        WHERE n.contact_method_id = first.contact_method_id
          AND (n.id = first.id OR n.merged_into_id = first.id)
          AND n.attempts_made > 0 AND n.state IN ('waiting', 'sent', 'failed')
        RETURNING n.id, n.attempts_made)
    UPDATE notifications_attempt AS a
    SET receipt = 'delivered', receipt_at = %(now)s, receipt_due_at = NULL
    FROM told WHERE a.notification_id = told.id AND a.number = told.attempts_made
"""


def record_seen(delivery: uuid.UUID) -> None:
    """A device has shown this delivery, with all that went out in it. Twice changes nothing."""
    with connection.cursor() as cursor:
        cursor.execute(DELIVERED, {"delivery": delivery, "now": timezone.now()})


def record_tapped(delivery: uuid.UUID) -> None:
    """Somebody has tapped it: where it was to verify an address, that is verified."""
    record_seen(delivery)
    asking = Notification.objects.filter(event=NotificationEvent.VERIFICATION, channel="push")
    row = asking.filter(delivery_id=delivery).first()
    if row is not None and row.contact_method_id:
        confirm_by_tap(row.contact_method_id, row.created_at)
