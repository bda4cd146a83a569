"""What Django-Q's workers run. Each may run late, or twice: it looks at the rows again.

Those of the timers' queue only write rows, so they are quick; `sweep`, `tell_on_call`,
`update_slack_group` and `refresh_calendars` belong to the senders'.
"""

import logging
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

from django.utils import timezone
from django_q.models import Failure, OrmQ

from escalation.actions import (
    absence_calendars,
    calendars,
    call_legs,
    confirmations,
    cover_reminders,
    coverage,
    coverage_incidents,
    coverage_notices,
    hand_overs,
    holidays,
    incoming_calls,
    process_health,
    publish_shifts,
    reconcile,
    reminders,
    scheduler,
    slack_groups,
    undelivered,
    urgency,
    weekly_mails,
)
from escalation.workflows import execute
from incidents.actions import sla
from notifications import send_threads
from notifications.actions import callbacks, message_updates, outbound, receipts, updates
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


def raise_urgency() -> None:
    """Raise what is still open when its support hours begin."""
    urgency.raise_due(timezone.now())


def run_workflows() -> None:
    """Do what workflows have to do by now."""
    execute.run_due(timezone.now())


def tell_on_call() -> None:
    """Tell whoever gained or lost shifts, and then, of shifts as they are now, who is reminded."""
    publish_shifts.publish_due(timezone.now())
    reminders.send_due_reminders(timezone.now())
    hand_overs.tell_due_hand_overs(timezone.now())
    confirmations.tell_unconfirmed(timezone.now())
    weekly_mails.send_due_mails(timezone.now())


def refresh_calendars() -> None:
    """Read the calendars of layers again, and those of people."""
    calendars.refresh_due(timezone.now())
    absence_calendars.refresh_due(timezone.now())


def record_heartbeat(process: str) -> None:
    """Asked for every few seconds: the answer proves the path that steps or notifications take."""
    process_health.record_heartbeat(process, now=timezone.now())


def review_coverage() -> None:
    """Look 30 days ahead at whom the policies in use would page."""
    coverage.review(timezone.now())


def ring_next(call_id: int, position: int) -> None:
    """Ring whoever comes next for a call that came in."""
    call_legs.ring_next(call_id, position)


def hang_up_call(call_id: int, leg_id: str) -> None:
    """End the call to somebody that a caller waits for no more."""
    call_legs.hang_up(call_id, leg_id)


def update_slack_group(group_id: int) -> None:
    """Give a user group of Slack whoever is on call by now."""
    send_threads.call(partial(slack_groups.update_group, group_id))


def sweep() -> None:
    """Whatever no signal was sent for. A part that fails does not stop the others."""
    began, now = time.monotonic(), timezone.now()
    parts = (
        partial(reconcile.reconcile_runs, now=now),
        partial(reconcile.start_missing_runs, now=now),
        partial(urgency.resume_urgent, now=now),
        partial(cover_reminders.look_at_due, now),
        partial(coverage.ask_for_review, now),
        partial(coverage_notices.tell_managers, now),
        partial(coverage_incidents.report_red, now),
        partial(publish_shifts.note_time_passed, now),
        partial(holidays.ask_for_holidays, now),
        partial(slack_groups.follow_schedules, now),
        partial(receipts.match_early, now),
        partial(message_updates.hand_over_due, now),
        partial(callbacks.hand_over_due, now),
        partial(outbound.hand_over_due, now),
        partial(receipts.use_next_way_of_silent, now),
        partial(call_legs.go_on_with_due, now),
        partial(incoming_calls.forget_old, now),
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
