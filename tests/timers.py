"""The timers at a time that the test chooses."""

from django_q.models import OrmQ

from escalation.actions import leases, scheduler
from opsportal.lib.task_queues import TIMERS


def leased_steps():
    """The arguments of the step tasks that wait, which are taken from the queue."""
    rows = [row for row in OrmQ.objects.filter(key=TIMERS) if row.func() == leases.STEP]
    OrmQ.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return [row.task["args"] for row in rows]


def advance_due(now):
    """What is due at this time rests no longer, or is leased and taken; returns how many moved."""
    moved = scheduler.resume_due(now)
    leases.lease_due(now - leases.AHEAD)
    return moved + sum(scheduler.take_steps(cursors, now=now) for cursors, _ in leased_steps())
