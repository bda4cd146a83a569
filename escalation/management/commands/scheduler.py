"""``manage.py clock``: the timers. Any number of them may run."""

import logging
import signal
import time
from datetime import timedelta
from functools import partial

from django.core.management.base import BaseCommand
from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone
from django_q.tasks import async_task

from escalation.actions import process_health, reconcile, scheduler, undelivered
from incidents.actions import sla
from notifications.actions import enqueue, updates
from opsportal.lib.pg_notify import SCHEDULER, Listener

logger = logging.getLogger(__name__)
AT_MOST_S = 5.0  # Whatever becomes due sooner notifies, or is known to `next_due_at`.
SPIN_S = 0.02
BREATH_S = 0.02
BEAT_EVERY_S = 5.0
SWEEP_EVERY_S = 5.0
SWEEP_SHARE = 200  # A sweep that took long, over very many runs, is done again later.
ASK_EVERY_S = 10.0


class Command(BaseCommand):
    help = "Runs the clock: takes the steps that are due and hands notifications to the workers."

    stopped = False
    sweep_at = beaten_at = asked_at = 0.0  # Times of time.monotonic(): at once.

    def handle(self, *args, **options):
        signal.signal(signal.SIGTERM, self.stop)
        signal.signal(signal.SIGINT, self.stop)
        listener = Listener([SCHEDULER])
        while not self.stopped:
            try:
                busy = self.turn()
                if listener.wait(0.0 if busy else self.pause()):
                    # In a storm everything notifies; one turn for a few of them is enough. And the
                    # first attempt of whoever notified is under way, and needs the CPU more.
                    time.sleep(BREATH_S)
            except (OperationalError, InterfaceError):
                logger.warning("The database does not answer; the clock tries again")
                connection.close()
                time.sleep(0.5)

    def stop(self, *args):
        self.stopped = True

    def turn(self) -> bool:
        """Do everything that is due; True when there may be more."""
        now = timezone.now()
        parts = (
            partial(scheduler.advance_due, now),
            partial(enqueue.dispatch_due, now),
            updates.notify_status_updates,
            partial(undelivered.escalate_undelivered, now=now),
            partial(scheduler.end_due_snoozes, now),
            partial(sla.note_breaches, now),
        )
        done = sum(self.attempt(part) for part in parts)
        if time.monotonic() > self.sweep_at:
            self.sweep(now)
        if time.monotonic() - self.beaten_at > BEAT_EVERY_S:
            self.beaten_at = time.monotonic()
            process_health.record_heartbeat("scheduler", now=now)
        if time.monotonic() - self.asked_at > ASK_EVERY_S:
            self.asked_at = time.monotonic()
            async_task("escalation.tasks.beat_worker")
        return bool(done)

    def attempt(self, part) -> int:
        """One part of a turn: what is wrong with it must not stop the other timers."""
        try:
            return part()
        except Exception:
            if not connection.is_usable():
                raise
            logger.exception("A part of the clock failed; the next turn tries again")
            return 0

    def sweep(self, now) -> None:
        began = time.monotonic()
        self.attempt(partial(reconcile.reconcile_runs, now=now))
        self.attempt(partial(reconcile.start_missing_runs, now=now))
        ended = time.monotonic()
        self.sweep_at = ended + max(SWEEP_EVERY_S, SWEEP_SHARE * (ended - began))

    def pause(self) -> float:
        due = scheduler.next_due_at()
        if due is None:
            return AT_MOST_S
        left = (due - timezone.now()) / timedelta(seconds=1)
        # What is due and was not moved has another clock at it: no need to spin.
        return min(left, AT_MOST_S) if left > 0 else SPIN_S
