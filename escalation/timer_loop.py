"""What is done each time the scheduler looks: tasks of Django-Q are made of what is due.

The loop does little itself. What moves incidents is a task of the timers' queue; what may take its
time is one of the senders' queue; only notifications are dispatched here, which is making tasks.
"""

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from django.db import connection
from django.utils import timezone
from django_q.models import OrmQ
from django_q.tasks import async_task

from escalation.actions import leases, scheduler
from escalation.models import ProcessHeartbeat
from notifications.actions.enqueue import dispatch_due
from opsportal.lib.task_queues import BACKGROUND, FIRST, SENDERS, TIMERS, of_node

logger = logging.getLogger(__name__)
MAX_PAUSE_S = 5.0  # Whatever becomes due sooner notifies, or is known from the last look.
MIN_PAUSE_S = 0.004  # Steps are leased 12 ms ahead: those of so long make one task.
SPIN_S = 0.02  # There is more of what is due, or somebody else is at it.
POLL_S = 0.1  # A task was asked for and is not done yet.
AGAIN_S = 0.5  # It is asked for again, since it has changed nothing.
# What may take its time is a task of the senders, in this queue, and asked for again after so long.
SLOW = {"tell_on_call": (SENDERS, 10.0), "refresh_calendars": (BACKGROUND, 60.0)}
MAX_STEP_TASKS, MAX_TASKS = 3, 6  # So many may wait: the rest of a flood waits in its rows.
HEARTBEAT_EVERY_S = 5.0
WORKER_HEARTBEAT_EVERY_S = 10.0
SWEEP_EVERY_S = 5.0
SWEEP_SHARE = 200  # A sweep that took long, over very many runs, is done again later.
SWEEP_IS_LOST_S = 60.0


class TimerLoop:
    """Looks, and remembers between two looks what it has asked for. The timers are in the rows."""

    def __init__(self) -> None:
        self.asked: dict[str, tuple[datetime | int, float]] = {}
        self.leased_at = self.heartbeat_at = self.worker_heartbeat_at = self.sweep_at = 0.0
        self.sweep_asked_at: datetime | None = None

    def turn(self) -> float:
        """Make tasks of what is due; returns for how many seconds nothing more will be.

        A part that fails is logged and stops no other. Raises what
        ``UNAVAILABLE`` names when the database does not answer, or takes no writes.
        """
        now = timezone.now()
        timers = leases.look(now)
        if "step" in timers.due:
            self._attempt(partial(self._lease, now, MAX_STEP_TASKS - timers.tasks_waiting))
        if "dispatch" in timers.due:
            self._attempt(partial(dispatch_due, now))
        if timers.tasks_waiting < MAX_TASKS:
            self._attempt(partial(self._ask, timers))
        self._attempt(self._ask_for_heartbeats)
        self._attempt(partial(self._ask_for_sweep, now))
        return self._pause_s(timers)

    def stand_by(self) -> None:
        """What a scheduler does that does not lead: ask for the heartbeats of its own node.

        Raises what ``UNAVAILABLE`` names, as ``turn`` does.
        """
        self._attempt(self._ask_for_heartbeats)

    def _attempt(self, part: Callable[[], object]) -> None:
        try:
            part()
        except Exception:
            if not connection.is_usable():
                raise
            logger.exception("A part of the scheduler failed; the next turn tries again")

    def _lease(self, now: datetime, room: int) -> None:
        """Make at most ``room`` tasks, of a batch of steps each."""
        for _ in range(room):
            leased = leases.lease_due(now)
            if leased:
                self.leased_at = time.monotonic()
            if leased < scheduler.BATCH:
                return

    def _ask(self, timers: leases.Timers) -> None:
        """One task for each kind that is due, again as soon as something else is the first."""
        moment = time.monotonic()
        for kind in leases.KINDS[2:]:
            first = timers.due.get(kind)
            asked_for, asked_at = self.asked.get(kind, (None, 0.0))
            queue, again_s = SLOW.get(kind, (TIMERS, AGAIN_S))
            if first is None or (first == asked_for and moment - asked_at < again_s):
                continue
            self.asked[kind] = first, moment
            async_task(f"escalation.tasks.{kind}", cluster=queue)

    def _ask_for_heartbeats(self) -> None:
        """Each answer proves a whole path of this node: that of the steps, and that of the
        notifications.

        The workers take theirs before all else, so no send that waits holds it up.
        """
        moment = time.monotonic()
        if moment > self.heartbeat_at:
            self.heartbeat_at = moment + HEARTBEAT_EVERY_S
            _ask_for_heartbeat("scheduler", of_node(TIMERS))
        if moment > self.worker_heartbeat_at:
            self.worker_heartbeat_at = moment + WORKER_HEARTBEAT_EVERY_S
            _ask_for_heartbeat("worker", of_node(FIRST))

    def _ask_for_sweep(self, now: datetime) -> None:
        moment = time.monotonic()
        if moment < self.sweep_at:
            return
        self.sweep_at = moment + SWEEP_EVERY_S
        if _may_sweep(now, self.sweep_asked_at):
            self.sweep_asked_at = now
            async_task("escalation.tasks.sweep", cluster=SENDERS)

    def _pause_s(self, timers: leases.Timers) -> float:
        if timers.tasks_waiting >= MAX_STEP_TASKS:
            return SPIN_S  # The worker needs the CPU more.
        pauses = [MAX_PAUSE_S]
        if timers.next_at:
            pauses.append((timers.next_at - timezone.now()) / timedelta(seconds=1))
        if timers.due:
            pauses.append(SPIN_S if timers.due.keys() & {"step", "dispatch"} else POLL_S)
        # What its worker has not taken when the lease is over is leased again.
        lease_left_s = self.leased_at + leases.LEASE / timedelta(seconds=1) - time.monotonic()
        if lease_left_s > 0:
            pauses.append(lease_left_s)
        return max(MIN_PAUSE_S, min(pauses))


def _ask_for_heartbeat(process: str, queue: str) -> None:
    """Where nobody takes them, because no such worker runs on this node, one waits and no more."""
    if not OrmQ.objects.filter(key=queue, lock__lte=timezone.now()).exists():
        async_task("escalation.tasks.record_heartbeat", process, cluster=queue)


def _may_sweep(now: datetime, asked_at: datetime | None) -> bool:
    """Not while the last one waits for a worker, nor soon after one that took long."""
    last = ProcessHeartbeat.objects.filter(process="sweep").first()
    if asked_at and (last is None or last.at < asked_at):
        return now - asked_at > timedelta(seconds=SWEEP_IS_LOST_S)
    if last is None:
        return True
    return now - last.at > timedelta(seconds=SWEEP_SHARE * last.facts.get("seconds", 0))
