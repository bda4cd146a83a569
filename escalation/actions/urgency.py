"""Urgency and the paging: low urgency waits for support hours, and what becomes urgent does not."""

from datetime import datetime

from django.db import transaction

from escalation.actions.edit import AT_ONCE
from escalation.actions.restart import restart_run
from escalation.actions.suppression import resume_notifications
from incidents.actions import restart, urgency
from incidents.choices import Urgency
from incidents.models import Incident
from incidents.report import LOW_URGENCY

BATCH = 50


def raise_due(now: datetime) -> int:
    """What is still open when its support hours begin becomes urgent, and pages anew; returns how
    many did."""
    due = Incident.objects.filter(raise_urgency_at__lte=now).values_list("pk", flat=True)
    return sum(_raise(incident_id, now) for incident_id in list(due[:BATCH]))


@transaction.atomic
def _raise(incident_id: int, now: datetime) -> bool:
    incident = urgency.raise_due(incident_id, now)
    if incident is None:
        return False
    if incident.waits_for_hours:
        resume_notifications([incident_id], now=now, text=AT_ONCE)
    elif not incident.suppressed_reason:
        text = "It is of high urgency now: people are paged anew"
        for again in restart.repeat_paging([incident_id], text):
            restart_run(again, now=now)
    return True


def resume_urgent(*, now: datetime, limit: int = 200) -> int:
    """What waits for support hours although it is urgent by now is told; returns how many."""
    waiting = Incident.objects.filter(
        suppressed_reason__startswith=LOW_URGENCY, urgency=Urgency.HIGH
    )
    ids = list(waiting.values_list("pk", flat=True)[:limit])
    if ids:
        resume_notifications(ids, now=now, text=AT_ONCE)
    return len(ids)
