"""Delete messages, answers, bodies and alerts that are older than their retention, in batches.

A batch is one short transaction that skips rows which somebody holds, so that neither accepting nor
working off ever waits for it. Nothing that is pending or open is deleted.
"""

from datetime import datetime, timedelta

from django.db import connection, transaction

from incidents.actions import episodes, idempotency
from incidents.actions import retention as incident_retention
from integrations.models import Retention
from notifications.actions import replies
from opsportal.lib import advisory_locks
from opsportal.lib.advisory_locks import Lock

BATCH = 500
INCIDENTS = 50  # Each has alerts, runs, notifications and lines of its own.

# In the order of the index; what is taken is deleted by its number.
DELETE_MESSAGES = """
    WITH gone AS (
        DELETE FROM integrations_inboundmessage WHERE id = ANY (ARRAY(
            SELECT id FROM integrations_inboundmessage
            WHERE received_at < %(before)s AND status <> 'pending'
            ORDER BY received_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED))
        RETURNING id
    ), forwards AS (
        DELETE FROM integrations_forward WHERE message_id IN (SELECT id FROM gone)
    )
    SELECT count(*) FROM gone
"""
DROP_BODIES = """
    UPDATE integrations_inboundmessage
    SET body = '', headers = '{}', query = '', is_body_pruned = true
    WHERE id = ANY (ARRAY(
        SELECT id FROM integrations_inboundmessage
        WHERE received_at >= %(since)s AND received_at < %(before)s
          AND status <> 'pending' AND NOT is_body_pruned
        ORDER BY received_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED))
    RETURNING received_at
"""
LONG_AGO = "-infinity"


def retention() -> Retention:
    """The single row of retention settings."""
    row, _ = Retention.objects.get_or_create(pk=1)
    return row


def change_retention(
    *,
    message_days: int | None = None,
    body_days: int | None = None,
    alert_days: int | None = None,
    audit_days: int | None = None,
) -> Retention:
    """Change the ages, in days; 0 keeps for ever, None leaves the value."""
    wanted = {
        "message_days": message_days,
        "body_days": body_days,
        "alert_days": alert_days,
        "audit_days": audit_days,
    }
    row = retention()
    for name, days in wanted.items():
        if days is not None:
            setattr(row, name, days)
    row.save(update_fields=list(wanted))
    return row


@transaction.atomic
def prune(now: datetime) -> int:
    """Delete one batch of each kind; returns how many rows or bodies that were.

    0 means that there is nothing to do, or that somebody else is doing it.
    """
    if not advisory_locks.try_lock(Lock.PRUNE):
        return 0
    ages = retention()
    done = idempotency.delete_expired(now, limit=BATCH)
    if ages.message_days:
        before = now - timedelta(days=ages.message_days)
        done += _delete_messages(before) + replies.delete_old(before, limit=BATCH)
    if ages.body_days:
        done += _drop_bodies(ages, now - timedelta(days=ages.body_days))
    if ages.alert_days:
        before = now - timedelta(days=ages.alert_days)
        done += incident_retention.delete_resolved(before, limit=INCIDENTS)
        done += incident_retention.delete_changes(before, limit=BATCH)
    if ages.audit_days:
        before = now - timedelta(days=ages.audit_days)
        done += incident_retention.delete_audit_entries(before, limit=BATCH)
    return done + episodes.delete_ends(now, limit=BATCH)


def _delete_messages(before: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(DELETE_MESSAGES, {"before": before, "limit": BATCH})
        return cursor.fetchone()[0]


def _drop_bodies(ages: Retention, before: datetime) -> int:
    since = ages.bodies_until or LONG_AGO
    with connection.cursor() as cursor:
        cursor.execute(DROP_BODIES, {"since": since, "before": before, "limit": BATCH})
        times = [at for (at,) in cursor.fetchall()]
    if times:
        ages.bodies_until = max(times)
        ages.save(update_fields=["bodies_until"])
    return len(times)
