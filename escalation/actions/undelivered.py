"""The next step early, after every notification of the last step failed."""

import logging
from datetime import datetime

from django.db import transaction

from escalation.actions.escalate import lock_run
from escalation.actions.steps import execute_steps
from escalation.models import Run
from escalation.plans.plan import skip
from incidents.actions import timeline
from incidents.choices import TimelineVerb
from incidents.models import TimelineEntry
from notifications.models import Notification

logger = logging.getLogger(__name__)


def escalate_undelivered(*, now: datetime, limit: int = 50) -> int:
    """Take the next step at once where everything that the last step sent was refused.

    Who could not be reached is on the timeline, which is the outbox of this, too. Returns how
    many lines were looked at; each is taken by one caller, and one that fails stops no other.
    """
    lines = TimelineEntry.objects.filter(
        is_announced=False, verb=TimelineVerb.UNREACHABLE
    ).order_by("pk")
    looked_at = 0
    for incident_id in dict.fromkeys(lines.values_list("incident_id", flat=True)[:limit]):
        try:
            looked_at += _escalate(incident_id, now)
        except Exception:
            logger.exception("Incident %s could not be escalated; it is tried again", incident_id)
    return looked_at


@transaction.atomic
def _escalate(incident_id: int, now: datetime) -> int:
    run = lock_run(incident_id)
    new = TimelineEntry.objects.filter(
        incident=incident_id, is_announced=False, verb=TimelineVerb.UNREACHABLE
    )
    found = list(new.values_list("pk", flat=True))
    if run is not None and found and _is_undelivered(run, now):
        if run.retry:
            run.cursor = skip(run.plan, run.cursor)
        run.next_step_at = now
        execute_steps([run], now=now)
    timeline.mark_announced(found)
    return len(found)


def _is_undelivered(run: Run, now: datetime) -> bool:
    """Whether the run waits for its next step although all that the last one sent was refused."""
    if not run.incident.is_open or run.state != Run.State.ESCALATING:
        return False
    if run.next_step_at is None or run.next_step_at <= now:
        return False
    if not run.last_page_key:
        return False
    sent = Notification.objects.filter(page_key=run.last_page_key).exclude(channel="inapp")
    return not sent.exclude(state=Notification.State.FAILED).exists()
