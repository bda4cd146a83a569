"""What had to be lost is an incident of the portal itself."""

import hashlib
from datetime import datetime

from django.db import transaction
from django.db.models import F

from escalation.actions import start as escalation_start
from escalation.actions.start import policy_of
from incidents.actions import ingest
from incidents.models import Service
from incidents.report import Report
from integrations.models import Integration

ITSELF = "OpsPortal"


def raise_losses(*, now: datetime) -> int:
    """Report each integration that lost messages since the last look; returns how many did.

    The incident belongs to a service of the portal's own, made when it is first needed. It is
    paged by the policy of that service; without one the catch-all is told at once.
    """
    lossy = Integration.objects.filter(dropped_count__gt=F("dropped_reported")).values_list(
        "pk", flat=True
    )
    return sum(_raise(pk, now) for pk in list(lossy))


@transaction.atomic
def _raise(integration_id: int, now: datetime) -> int:
    rows = Integration.objects.select_for_update(skip_locked=True, no_key=True)
    row = rows.filter(pk=integration_id, dropped_count__gt=F("dropped_reported")).first()
    if row is None:
        return 0
    service, _ = Service.objects.get_or_create(
        name=ITSELF, defaults={"description": "The portal itself: it watches over itself here."}
    )
    lost = row.dropped_count - row.dropped_reported
    words = f"{lost} messages were refused and not kept: more than its spool can hold are waiting."
    report = Report(
        action="trigger",
        service_id=service.pk,
        key=hashlib.sha256(f"lost:{row.pk}".encode()).hexdigest(),
        at=now,
        title=f"Integration “{row.name}” loses messages",
        severity="critical",
        source=ITSELF,
        source_name=row.name,
        source_id=str(row.pk),
        short_text=words,
        long_text=f"{words} Raise its rate limit, or quieten the sender.",
        via=ITSELF,
    )
    [outcome] = ingest.report([report])
    if outcome.paged and outcome.incident_id:
        start = escalation_start.Start.by_policy(outcome.incident_id, policy_of(service))
        escalation_start.start([start], now=now)
    Integration.objects.filter(pk=row.pk).update(dropped_reported=row.dropped_count)
    return 1
