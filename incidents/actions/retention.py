"""What is over long enough is deleted, with everything that belongs to it."""

from datetime import datetime

from django.db import transaction

from incidents.models import AuditEntry, Change, Incident


@transaction.atomic
def delete_resolved(before: datetime, *, limit: int) -> int:
    """Delete incidents that were resolved before then, the oldest first; returns how many.

    Their alerts, runs, notifications and lines go with them. One that somebody holds is left for
    the next time.
    """
    over = Incident.objects.filter(status=Incident.Status.RESOLVED, resolved_at__lt=before)
    held = over.select_for_update(skip_locked=True).order_by("resolved_at")
    ids = list(held.values_list("pk", flat=True)[:limit])
    if ids:
        Incident.objects.filter(pk__in=ids).delete()
    return len(ids)


def delete_changes(before: datetime, *, limit: int) -> int:
    """Delete changes that are older than that; returns how many."""
    ids = list(Change.objects.filter(at__lt=before).order_by("at").values_list("pk")[:limit])
    if ids:
        Change.objects.filter(pk__in=[pk for (pk,) in ids]).delete()
    return len(ids)


def delete_audit_entries(before: datetime, *, limit: int) -> int:
    """Delete rows of the audit log that are older than that; returns how many."""
    rows = AuditEntry.objects.filter(timestamp__lt=before).order_by("timestamp")
    ids = list(rows.values_list("pk", flat=True)[:limit])
    if ids:
        AuditEntry.objects.filter(pk__in=ids).delete()
    return len(ids)
