"""``manage.py engine``: processes stored messages. Any number of engines may run."""

import logging
import signal
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection
from django.utils import timezone

from integrations.engine import engine, overload, pauses, timers, unreadable
from integrations.engine.pipeline import MessageParser
from integrations.inbound import retention
from opsportal.lib.database_errors import UNAVAILABLE
from opsportal.lib.database_roles import use_role
from opsportal.lib.pg_notify import CONFIGURATION, ENGINE, Listener
from opsportal.lib.time_budget import kill_when_stuck

logger = logging.getLogger(__name__)
IDLE_PAUSE_S = 1.0
# Whatever sets a timer that is nearer than this notifies, or is work of the engine's own.
MAX_TIMER_PAUSE_S = 5.0
BUSY_PAUSE_S = 0.01  # Not every message notifies: after one there may be more.
BUSY_FOR_S = 0.1
RECONNECT_PAUSE_S = 0.5
WATCH_EVERY = timedelta(seconds=1)
OVERLOAD_EVERY_S = 5.0
PARSER_MAX_AGE_S = 60.0  # Changes of what it knows notify; names that nobody has add up in it.
PRUNE_EVERY_S = 60.0
PRUNE_AGAIN_S = 0.2  # Between two batches, so that deleting leaves room for everything else.
TIMERS_SOON_S = 0.05  # After messages or a notification, which may have set a timer.


class Command(BaseCommand):
    help = "Runs the engine: turns stored messages into alerts and incidents."

    stopped = False
    watched_at = datetime.min.replace(tzinfo=UTC)  # By the clock on the wall, which may jump.
    # Of time.monotonic(): all are due at once.
    overload_at = worked_at = parser_at = timers_at = prune_at = 0.0

    def handle(self, *args: Any, **options: Any) -> None:
        signal.signal(signal.SIGTERM, self.stop)
        signal.signal(signal.SIGINT, self.stop)
        use_role("engine")
        kill_when_stuck()
        listener = Listener([ENGINE, CONFIGURATION])
        while not self.stopped:
            try:
                self.turn(listener)
            except UNAVAILABLE:
                logger.warning("The database does not answer; the engine tries again")
                connection.close()
                time.sleep(RECONNECT_PAUSE_S)

    def stop(self, *args: Any) -> None:
        self.stopped = True

    def turn(self, listener: Listener) -> None:
        """One round: report that it is alive, run what is due, process a batch of each queue."""
        now_s = time.monotonic()
        now = self.watch()
        if now_s - self.overload_at > OVERLOAD_EVERY_S:
            self.overload_at = now_s
            overload.report_dropped_messages(now=now)
            unreadable.report_unreadable(now=now)
        has_changed = listener.has_heard(CONFIGURATION)
        if has_changed or now_s - self.parser_at > PARSER_MAX_AGE_S:
            self.parser, self.parser_at = MessageParser(), now_s
        if now_s >= self.timers_at:
            self.run_timers()
        if now_s >= self.prune_at:
            self.prune()
        if engine.process_pending(parser=self.parser):
            self.note_work(now_s)
        elif listener.wait(self.pause(now_s)):
            self.note_work(time.monotonic())

    def watch(self) -> datetime:
        """The present time; nothing that is due may be done without that it was asked for here."""
        now = timezone.now()
        if abs(now - self.watched_at) >= WATCH_EVERY:
            pauses.watch(now)
            self.watched_at = now
        return now

    def note_work(self, now_s: float) -> None:
        self.worked_at = now_s
        self.timers_at = min(self.timers_at, now_s + TIMERS_SOON_S)

    def pause(self, now_s: float) -> float:
        """How long to wait for a notification, in seconds."""
        if now_s - self.worked_at < BUSY_FOR_S:
            return BUSY_PAUSE_S
        return min(IDLE_PAUSE_S, min(self.timers_at, self.prune_at) - time.monotonic())

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
        due, left_s = timers.next_timer(), MAX_TIMER_PAUSE_S
        now = self.watch()
        if due is not None and due <= now:
            timers.run_timers(now)
            due = timers.next_timer()
        if due is not None:
            left_s = (due - timezone.now()) / timedelta(seconds=1)
            # What is due and was not done has another engine at it: no need to spin.
            left_s = min(left_s, MAX_TIMER_PAUSE_S) if left_s > 0 else TIMERS_SOON_S
        self.timers_at = time.monotonic() + left_s
