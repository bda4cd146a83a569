"""The next step before its time: because a person asks, or because nobody can be reached."""

import logging
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from escalation.actions.steps import take
from escalation.models import Run
from escalation.plan import skip
from incidents.actions import hold, respond, timeline
from incidents.actions.timeline import entry
from incidents.errors import IncidentClosed, InvalidRequest
from incidents.models import Incident, TimelineEntry, User
from notifications.models import Notification

logger = logging.getLogger(__name__)


@transaction.atomic
def escalate(incident_id: int, *, by: User | None = None, via: str = "") -> Incident:
    """Take the next step now, also of what is held back.

    Raises IncidentClosed, or InvalidRequest where no step is left.
    """
    run = _lock_run(incident_id)
    if run is None or run.incident.is_resolved:
        raise IncidentClosed(f"Incident #{incident_id} is not being escalated.")
    if run.state == Run.State.EXHAUSTED:
        raise InvalidRequest("Every step was taken already, and the catch-all was told.")
    timeline.record([entry(run.incident, "escalated", "The next step, now", by=by, via=via)])
    now = timezone.now()
    if run.retry:
        run.place = skip(run.plan, run.place)
    run.state, run.next_step_at = Run.State.ESCALATING, now
    if run.incident.suppressed_reason:
        [run.incident] = hold.release(
            [incident_id], now=now, by=by, via=via, text="Told before its time"
        )
    taken = run.incident.status != Incident.Status.OPEN
    if taken:
        respond.page_again(incident_id, by=by, via=via)
        run.incident.refresh_from_db()
        run.paging_round = run.incident.paging_round
    take([run], now=now)
    return run.incident


def _lock_run(incident_id: int) -> Run | None:
    """The present run with its incident, both held: the incident first, as everybody does."""
    locked = Incident.objects.select_for_update(no_key=True, of=("self",))
    incident = locked.select_related("service").get(pk=incident_id)
    runs = Run.objects.active().select_for_update(no_key=True)
    run = runs.filter(incident=incident_id).order_by("-paging_round").first()
    if run is not None:
        run.incident = incident
    return run


def hurry_unreachable(*, now: datetime, limit: int = 50) -> int:
    """Take the next step at once where everything that the last step sent was refused.

    Who could not be reached is on the timeline, which is the outbox of this, too. Returns how
    many lines were looked at; each is taken by one caller, and one that fails stops no other.
    """
    lines = TimelineEntry.objects.filter(is_announced=False, verb="unreachable").order_by("pk")
    looked_at = 0
    for incident_id in dict.fromkeys(lines.values_list("incident_id", flat=True)[:limit]):
        try:
            looked_at += _look_at(incident_id, now)
        except Exception:
            logger.exception("Incident %s could not be hurried; it is tried again", incident_id)
    return looked_at


@transaction.atomic
def _look_at(incident_id: int, now: datetime) -> int:
    run = _lock_run(incident_id)
    new = TimelineEntry.objects.filter(incident=incident_id, is_announced=False, verb="unreachable")
    found = list(new.values_list("pk", flat=True))
    if run is not None and found and _reached_nobody(run, now):
        if run.retry:
            run.place = skip(run.plan, run.place)
        run.next_step_at = now
        take([run], now=now)
    timeline.mark_announced(found)
    return len(found)


def _reached_nobody(run: Run, now: datetime) -> bool:
    """Whether the run waits for its next step although all that the last one sent was refused."""
    if not run.incident.is_open or run.state != Run.State.ESCALATING:
        return False
    if run.next_step_at is None or run.next_step_at <= now:
        return False
    last = Notification.objects.filter(intent__startswith=f"run:{run.pk}:").exclude(channel="inapp")
    latest = last.order_by("-pk").first()
    if latest is None:
        return False
    step = ":".join(latest.intent.split(":")[:5])
    told = last.filter(intent__startswith=f"{step}:").exclude(state=Notification.State.FAILED)
    return not told.exists()
