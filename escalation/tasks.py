"""What Django-Q's workers run. Each may run late, or twice: it looks at the rows again.

Those of the timers' queue only write rows, so they are quick; `sweep` belongs to the senders'.
"""

import logging
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

from django.utils import timezone
from django_q.models import Failure, OrmQ

from escalation.actions import process_health, reconcile, scheduler, undelivered
from incidents.actions import sla
from notifications.actions import updates
from opsportal.lib.task_queues import SEPARATOR

logger = logging.getLogger(__name__)
MAX_WAIT_S = 0.1
MAX_FAILURES = 1000  # So many failed tasks are kept.


def step(keys: Sequence[scheduler.StepKey], due_at: datetime) -> None:
    """Take these steps, waiting for the moment: the task is made a little before they are due."""
    left_s = (due_at - timezone.now()) / timedelta(seconds=1)
    time.sleep(max(0.0, min(left_s, MAX_WAIT_S)))
    scheduler.take_steps(keys, now=timezone.now())


def resume_due() -> None:
    """Acknowledgements expire, and suppressions end."""
    scheduler.resume_due(timezone.now())


def notify_status_updates() -> None:
    """Tell shared channels and people of what has happened."""
    updates.notify_status_updates()


def escalate_undelivered() -> None:
    """Take the next step at once where nobody could be reached."""
    undelivered.escalate_undelivered(now=timezone.now())


def end_due_snoozes() -> None:
    """End the snoozes whose time has come."""
    scheduler.end_due_snoozes(timezone.now())


def note_breaches() -> None:
    """Write down the targets that are missed."""
    sla.note_breaches(timezone.now())


def record_heartbeat(process: str) -> None:
    """Asked for every few seconds: the answer proves the path that steps or notifications take."""
    process_health.record_heartbeat(process, now=timezone.now())


def sweep() -> None:
    """Whatever no signal was sent for. A part that fails does not stop the others."""
    began, now = time.monotonic(), timezone.now()
    parts = (
        partial(reconcile.reconcile_runs, now=now),
        partial(reconcile.start_missing_runs, now=now),
        _forget_failures,
        partial(_forget_nodes, now),
    )
    errors = [error for part in parts if (error := _error_of(part))]
    seconds = round(time.monotonic() - began, 3)
    process_health.record_heartbeat("sweep", now=timezone.now(), seconds=seconds)
    if errors:
        raise errors[0]


def _error_of(part: Callable[[], object]) -> Exception | None:
    try:
        part()
    except Exception as error:
        logger.exception("A part of the sweep failed; the next one tries again")
        return error
    return None


def _forget_failures() -> None:
    """Keep the latest failed tasks only: one that always fails would fill the disk."""
    newest = Failure.objects.order_by("-stopped").values_list("stopped", flat=True)
    if oldest := newest[MAX_FAILURES : MAX_FAILURES + 1].first():
        Failure.objects.filter(stopped__lte=oldest).delete()


def _forget_nodes(now: datetime) -> None:
    """Drop what nodes were asked that are gone: a container has another name at each start."""
    asked = OrmQ.objects.filter(key__contains=SEPARATOR)
    asked.filter(lock__lt=now - process_health.NODE_FORGOTTEN_AFTER).delete()
