"""Due steps are leased, and a Django-Q task is made of them, in one transaction.

The rows are the timers (docs/decisions/0003 and 0010): a lease never touches ``next_step_at``, it
only keeps others from asking for the same step at once. It is short, since a task too many finds
nothing to do: `scheduler.take_steps` looks at where the run stands.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django_q.conf import Conf
from django_q.tasks import async_task

from escalation.actions.scheduler import BATCH, RESTING
from incidents.choices import TimelineVerb
from incidents.models import Incident
from notifications.actions.updates import HEARD
from opsportal.lib.django_internals import fetch_prepared
from opsportal.lib.task_queues import TIMERS

STEP = "escalation.tasks.step"
LEASE = timedelta(seconds=0.15)
# So long before it is due a step is leased: the way to the worker takes as long.
AHEAD = timedelta(seconds=0.012)
# Of the queue's tasks those count that are not claimed yet, or were claimed so shortly ago that
# whoever claimed them must still be at it.
CLAIM_IS_FRESH = timedelta(seconds=2)

_RESTING = ", ".join(f"'{state}'" for state in RESTING)
_ANNOUNCED = ", ".join(f"'{verb}'" for verb in HEARD)

# Constants stand in the text: without them the server could not see that a partial index serves.
LEASE_DUE = f"""
    WITH due AS MATERIALIZED (
        SELECT id FROM escalation_run
        WHERE next_step_at <= %(soon)s AND state NOT IN ({_RESTING})
        AND (leased_until IS NULL OR leased_until <= %(now)s)
        ORDER BY next_step_at LIMIT {BATCH} FOR NO KEY UPDATE SKIP LOCKED
    )
    UPDATE escalation_run AS run SET leased_until = %(until)s FROM due WHERE run.id = due.id
    RETURNING run.id, run.paging_round, run.repeat, run.position, run.retry, run.next_step_at
"""  # noqa: S608 - the states are constants of the model

# One look at all timers: the first of each kind, each from the index that holds what is left.
LOOK = f"""
    SELECT
    (SELECT count(*) FROM django_q_ormq
     WHERE key = '{TIMERS}' AND (lock <= %(now)s OR lock > %(fresh)s)),
    (SELECT min(next_step_at) FROM escalation_run WHERE next_step_at > %(soon)s),
    (SELECT min(next_step_at) FROM escalation_run
     WHERE next_step_at <= %(soon)s AND state NOT IN ({_RESTING})
     AND (leased_until IS NULL OR leased_until <= %(now)s)),
    (SELECT min(next_attempt_at) FROM notifications_notification),
    (SELECT min(next_step_at) FROM escalation_run WHERE state IN ({_RESTING})),
    (SELECT id FROM incidents_timelineentry
     WHERE NOT is_announced AND verb IN ({_ANNOUNCED}) ORDER BY id LIMIT 1),
    (SELECT id FROM incidents_timelineentry
     WHERE NOT is_announced AND verb = '{TimelineVerb.UNREACHABLE}' ORDER BY id LIMIT 1),
    (SELECT min(snoozed_until) FROM incidents_incident WHERE status = '{Incident.Status.ON_HOLD}'),
    (SELECT least(
        (SELECT min(acknowledge_by) FROM incidents_incident),
        (SELECT min(resolve_by) FROM incidents_incident),
        (SELECT min(sla_warn_at) FROM incidents_incident))),
    (SELECT min(raise_urgency_at) FROM incidents_incident),
    (SELECT min(due_at) FROM escalation_workflowrun),
    (SELECT least(
        (SELECT min(made_at) FROM escalation_schedulechange),
        (SELECT min(due_at) FROM escalation_plannedreminder WHERE done_at IS NULL),
        (SELECT min(at) FROM escalation_handover WHERE done_at IS NULL),
        (SELECT min(due_at) FROM escalation_handoverconfirmation),
        (SELECT min(weekly_mail_due_at) FROM escalation_schedule))),
    (SELECT least(
        (SELECT min(next_fetch_at) FROM escalation_layercalendar),
        (SELECT min(next_fetch_at) FROM escalation_absencecalendar)))
"""  # noqa: S608 - the names of queues and verbs are constants of ours
# In the order of LOOK. All but the first two are functions of escalation.tasks.
KINDS = (
    "step",
    "dispatch",
    "resume_due",
    "notify_status_updates",
    "escalate_undelivered",
    "end_due_snoozes",
    "note_breaches",
    "raise_urgency",
    "run_workflows",
    "tell_on_call",
    "refresh_calendars",
)


@dataclass(frozen=True, slots=True)
class Timers:
    """``due``: of each kind that is due the first, by its time or id. ``next_at``: when more is."""

    due: Mapping[str, datetime | int]
    next_at: datetime | None
    tasks_waiting: int


def look(now: datetime) -> Timers:
    """What is due now, and when the next look has to be if nobody notifies before."""
    soon = now + AHEAD
    fresh = now + timedelta(seconds=Conf.RETRY) - CLAIM_IS_FRESH
    waiting, next_step_at, *firsts = fetch_prepared(
        LOOK, {"now": now, "soon": soon, "fresh": fresh}
    )[0]
    due: dict[str, datetime | int] = {}
    later = [next_step_at - AHEAD] if next_step_at else []
    for kind, first in zip(KINDS, firsts, strict=True):
        if isinstance(first, datetime) and first > now and kind != "step":
            later.append(first)
        elif first is not None:
            due[kind] = first
    return Timers(due, min(later, default=None), waiting)


@transaction.atomic
def lease_due(now: datetime) -> int:
    """Lease a batch of the steps that are due, the earliest first, and make a task of it.

    Returns how many, 0 to 50.
    """
    rows = fetch_prepared(LEASE_DUE, {"now": now, "soon": now + AHEAD, "until": now + LEASE})
    if rows:
        due_at = max(row[-1] for row in rows)
        async_task(STEP, [row[:-1] for row in rows], due_at, cluster=TIMERS)
    return len(rows)
