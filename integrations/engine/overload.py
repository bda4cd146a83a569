"""Overload: dropped messages of an integration are a critical incident of the portal itself.

A message is dropped, and answered 429, while more wait than ``INBOUND_BACKLOG_LIMIT`` allows.
"""

import hashlib
from datetime import datetime

from django.db import transaction
from django.db.models import F

from escalation.actions import ingest
from incidents.own_service import PORTAL_SERVICE, portal_service
from incidents.report import Report
from integrations.models import Integration


def report_dropped_messages(*, now: datetime) -> int:
    """Report each integration that dropped messages since the last call; returns how many did.

    The incident belongs to a service of the portal's own, made when it is first needed. It is
    paged by the policy of that service; without one the catch-all is paged at once.
    """
    ids = Integration.objects.filter(dropped_count__gt=F("dropped_reported")).values_list(
        "pk", flat=True
    )
    return sum(_report(pk, now) for pk in list(ids))


@transaction.atomic
def _report(integration_id: int, now: datetime) -> int:
    rows = Integration.objects.select_for_update(skip_locked=True, no_key=True)
    row = rows.filter(pk=integration_id, dropped_count__gt=F("dropped_reported")).first()
    if row is None:
        return 0
    service = portal_service()
    dropped = row.dropped_count - row.dropped_reported
    text = f"{dropped} messages were refused and not kept: its backlog is full."
    report = Report(
        action="trigger",
        service_id=service.pk,
        key=hashlib.sha256(f"lost:{row.pk}".encode()).hexdigest(),
        at=now,
        title=f"Integration “{row.name}” loses messages",
        severity="critical",
        source=PORTAL_SERVICE,
        source_name=row.name,
        source_id=str(row.pk),
        short_text=text,
        long_text=f"{text} Raise its rate limit, or quieten the sender.",
        via=PORTAL_SERVICE,
    )
    ingest.report([report], now=now)
    Integration.objects.filter(pk=row.pk).update(dropped_reported=row.dropped_count)
    return 1
