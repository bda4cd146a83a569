"""Acknowledgements expire: what somebody has for too long pages again."""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from escalation.actions.in_addition import last_actor, page_catch_all, page_in_addition
from escalation.actions.restart import restart_run
from escalation.models import Run
from incidents.actions import restart, timeline
from incidents.actions.locking import lock_incident
from incidents.actions.timeline import entry
from incidents.choices import TimelineVerb, Urgency
from incidents.models import Incident
from incidents.models.timeline import ACKNOWLEDGING
from opsportal.lib.durations import format_duration

logger = logging.getLogger(__name__)
ENDS_AFTER = timedelta(days=7)  # from the opening of the incident

# The runs whose incident, once it is acknowledged, pages again some day.
EXPIRING = (
    Q(acknowledgement_expires_minutes__gt=0)
    & Q(incident__acknowledged_at__lt=F("incident__opened_at") + ENDS_AFTER)
    & (Q(low_urgency_expires=True) | Q(incident__urgency=Urgency.HIGH))
)


def expires_at(run: Run) -> datetime | None:
    """When the acknowledgement of its incident expires; None for never.

    What a person does with the incident postpones it where the policy says so.
    """
    incident, minutes = run.incident, run.acknowledgement_expires_minutes
    since = incident.acknowledged_at
    if not minutes or since is None or since >= incident.opened_at + ENDS_AFTER:
        return None
    if incident.urgency == Urgency.LOW and not run.low_urgency_expires:
        return None
    if incident.active_at and run.plan.activity_postpones_expiry:
        since = max(since, incident.active_at)
    return since + timedelta(minutes=minutes)


@transaction.atomic
def expire(run_id: int, incident_id: int, now: datetime) -> bool:
    """Page again where the acknowledgement of this run, which is paused and due, has expired.

    Returns whether it has; else its timer is set anew.
    """
    # The incident is held before the run, as everywhere: nobody waits for each other.
    incident = lock_incident(incident_id)
    mine = Run.objects.due(now).filter(pk=run_id, state=Run.State.PAUSED)
    run = mine.select_for_update(no_key=True).first()
    if run is None:
        return False
    run.incident, run.next_step_at = incident, None
    if incident.status == Incident.Status.ACKNOWLEDGED:
        due_at = expires_at(run)
        if due_at is not None and due_at <= now:
            _expire(run, now)
            return True
        run.next_step_at = due_at
    run.save(update_fields=["next_step_at"])
    return False


def _expire(run: Run, now: datetime) -> None:
    incident = run.incident
    span = format_duration((run.acknowledgement_expires_minutes or 0) * 60)
    if now >= incident.opened_at + ENDS_AFTER:
        _tell_catch_all(run, now)
        return
    person = last_actor(incident, ACKNOWLEDGING)
    whose = f"{person}'s acknowledgement" if person else "The acknowledgement"
    restarted = restart.expire_acknowledgement(incident.pk, f"{whose} expired after {span}")
    run.save(update_fields=["next_step_at"])
    restart_run(restarted, now=now)
    restarted.refresh_from_db(fields=["suppressed_reason"])
    if not restarted.suppressed_reason:  # Low urgency waits for support hours again.
        reason = f"your acknowledgement expired after {span}"
        page_in_addition(restarted, person, reason, now=now)


def _tell_catch_all(run: Run, now: datetime) -> None:
    """So long after the opening nothing expires any more: the catch-all hears of it, once."""
    run.acknowledgement_expires_minutes = None
    run.save(update_fields=["next_step_at", "acknowledgement_expires_minutes"])
    text = "Acknowledged, and not resolved for 7 days: the catch-all is told, and nothing expires"
    timeline.record([entry(run.incident, TimelineVerb.ACKNOWLEDGEMENT_EXPIRED, text)])
    reason = "catch-all: it was acknowledged, and is not resolved after 7 days"
    page_catch_all(run.incident, f"expiry-ended:{run.pk}", reason, now=now)
