"""``manage.py engine``: works off what came in. Any number of them may run."""

import logging
import os
import signal
import time
from datetime import timedelta

from django.core.management.base import BaseCommand
from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from escalation.actions import process_health
from integrations.engine import engine, overload, timers
from integrations.engine.reader import Reader
from integrations.inbound import retention
from opsportal.lib.pg_notify import ENGINE, Listener

logger = logging.getLogger(__name__)
BEHIND_WEB = 5  # Where there is too little CPU for both, to accept goes first: senders may give up.
IDLE_S = 1.0
# Whatever sets a timer that is nearer than this notifies, or is work of the engine's own.
LOOK_AT_TIMERS_S = 5.0
EAGER_S = 0.01  # Not every message notifies: after one there may be more.
EAGER_FOR_S = 0.1
BEAT_EVERY_S = 5.0
READER_S = 0.2  # For so long a change of an integration or policy may go unnoticed.
PRUNE_EVERY_S = 60.0
PRUNE_AGAIN_S = 0.2  # Between two batches, so that deleting leaves room for everything else.
TIMERS_S = 0.05  # After messages or a notification, which may have set a timer, and in a storm.


class Command(BaseCommand):
    help = "Runs the engine: turns stored messages into alerts and incidents."

    stopped = False
    beaten_at = worked_at = read_at = timers_at = prune_at = 0.0  # Of time.monotonic(): at once.

    def handle(self, *args, **options):
        signal.signal(signal.SIGTERM, self.stop)
        signal.signal(signal.SIGINT, self.stop)
        os.nice(BEHIND_WEB)
        listener = Listener([ENGINE])
        while not self.stopped:
            try:
                self.turn(listener)
            except (OperationalError, InterfaceError):
                logger.warning("The database does not answer; the engine tries again")
                connection.close()
                time.sleep(0.5)

    def stop(self, *args):
        self.stopped = True

    def turn(self, listener: Listener) -> None:
        moment = time.monotonic()
        if moment - self.beaten_at > BEAT_EVERY_S:
            self.beaten_at = moment
            process_health.record_heartbeat("engine", now=timezone.now())
            overload.raise_losses(now=timezone.now())
        if moment - self.read_at > READER_S:
            self.reader, self.read_at = Reader(), moment
        if moment >= self.timers_at:
            self.run_timers()
        if moment >= self.prune_at:
            self.prune()
        if engine.work(reader=self.reader):
            self.worked_at = moment
            self.timers_at = min(self.timers_at, moment + TIMERS_S)
        elif listener.wait(self.pause(moment)):
            self.worked_at = time.monotonic()
            self.timers_at = min(self.timers_at, self.worked_at + TIMERS_S)

    def pause(self, moment: float) -> float:
        """Seconds to wait for a notification."""
        if moment - self.worked_at < EAGER_FOR_S:
            return EAGER_S
        return min(IDLE_S, min(self.timers_at, self.prune_at) - time.monotonic())

    def prune(self) -> None:
        """Delete a batch of what is too old; nothing else waits for it, and it for nothing."""
        try:
            pruned = retention.prune(timezone.now())
        except Exception:
            if not connection.is_usable():
                raise
            logger.exception("What is too old could not be deleted; it is tried again")
            pruned = 0
        self.prune_at = time.monotonic() + (PRUNE_AGAIN_S if pruned else PRUNE_EVERY_S)

    def run_timers(self) -> None:
        """Do what is due, and note when to look again: exactly when the next timer is due."""
        now = timezone.now()
        timers.run_timers(now)
        due, left = timers.next_timer(), LOOK_AT_TIMERS_S
        if due is not None:
            left = (due - timezone.now()) / timedelta(seconds=1)
            # What is due and was not done has another engine at it: no need to spin.
            left = min(left, LOOK_AT_TIMERS_S) if left > 0 else TIMERS_S
        self.timers_at = time.monotonic() + left
