"""Alerts wait for a repetition anew, for after a time in which none could have been seen."""

from datetime import datetime

from django.db import transaction
from django.db.models import DateTimeField, DurationField, ExpressionWrapper, F, Value
from django.db.models.functions import Coalesce

from incidents.models import Alert


@transaction.atomic
def restart_expiry(now: datetime, *, max_restarts: int) -> int:
    """Open alerts that expire get the whole of their time from ``now``; returns how many did.

    At most ``max_restarts`` times after one message. Where the clock was put back since they began
    to wait, it is no restart, and counts as none.
    """
    begun = Coalesce("waits_since", "last_seen_at")
    period = ExpressionWrapper(F("expires_at") - begun, output_field=DurationField())
    from_now = ExpressionWrapper(Value(now) + period, output_field=DateTimeField())
    waiting = Alert.objects.open().filter(expires_at__isnull=False)
    # What is locked is being reported, and waits anew anyway.
    locked = waiting.select_for_update(skip_locked=True, no_key=True).order_by("pk")
    held = Alert.objects.filter(pk__in=list(locked.values_list("pk", flat=True)))
    due = held.alias(begun=begun).filter(begun__lte=now, expiry_restarts__lt=max_restarts)
    changed = due.update(
        expires_at=from_now, waits_since=now, expiry_restarts=F("expiry_restarts") + 1
    )
    early = held.alias(begun=begun).filter(begun__gt=now)
    return changed + early.update(expires_at=from_now, waits_since=now)
