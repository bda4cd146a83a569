"""Auto-resolve: alerts that were not repeated until their ``expires_at`` are closed."""

import math
import time
from datetime import datetime

from django.db import transaction
from django.db.models import OuterRef, Subquery

from escalation.actions import ingest
from incidents.models import Alert
from integrations.models import InboundMessage

BATCH_SIZE = 200  # alerts


def close_unrepeated(now: datetime, *, max_s: float = math.inf) -> int:
    """Close the alerts that were not repeated in time; returns how many.

    After ``max_s`` seconds the rest is left to the next call.
    """
    closed, began_at = 0, time.monotonic()
    while found := _close_batch(now):
        closed += found
        if time.monotonic() - began_at > max_s:
            break
    return closed


@transaction.atomic
def _close_batch(now: datetime) -> int:
    # The integration that reported it stands on the timeline; `message_of_alert` finds it at once.
    messages = InboundMessage.objects.filter(alert=OuterRef("pk"), integration__isnull=False)
    name = messages.order_by("-pk").values("integration__name")[:1]
    due = Alert.objects.expired(now).order_by("expires_at").annotate(reported_by=Subquery(name))
    alerts = list(due[:BATCH_SIZE])
    if not alerts:
        return 0
    names = {alert.pk: alert.reported_by for alert in alerts}
    return ingest.close_expired(alerts, now=now, names=names)


def next_expiry() -> datetime | None:
    """When the next alert expires."""
    return Alert.objects.next_expiry()
