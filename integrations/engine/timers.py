"""Timers: work that becomes due without a message. The engine wakes for the earliest.

Each timer is a pair: ``run_due(now)`` does what is due and says how much that was; ``next_due()``
says when it has to look again. Any number of engines may run them at once.
"""

import logging
from collections.abc import Callable
from datetime import datetime
from functools import partial

from django.db import connection

from escalation.actions.drills import next_drill, run_drills
from incidents.actions.auto_close import close_due, next_close
from integrations.engine.auto_resolve import close_unrepeated, next_expiry
from integrations.engine.maintenance_end import next_reevaluation, reevaluate_if_due
from integrations.engine.window_reports import next_publishing, publish_series_if_due
from integrations.forwarding.lane import dispatch_due, next_due
from integrations.heartbeats.pings import mark_overdue, next_alert_after

logger = logging.getLogger(__name__)
Timer = tuple[Callable[[datetime], int], Callable[[], datetime | None]]

MAX_EXPIRY_S = 5.0  # at a time: the engine has to record its heartbeat, and messages come in

TIMERS: list[Timer] = [
    (partial(close_unrepeated, max_s=MAX_EXPIRY_S), next_expiry),
    (run_drills, next_drill),
    (close_due, next_close),
    (mark_overdue, next_alert_after),
    (reevaluate_if_due, next_reevaluation),
    (publish_series_if_due, next_publishing),
    (dispatch_due, next_due),
]


def run_timers(now: datetime) -> int:
    """Do all that is due, timer by timer; returns how many rows that changed."""
    return sum(_run_timer(run_due, now) for run_due, _ in TIMERS)


def _run_timer(run_due: Callable[[datetime], int], now: datetime) -> int:
    """One timer: what is wrong with it must stop neither the others nor the messages."""
    try:
        return run_due(now)
    except Exception:
        if not connection.is_usable():
            raise
        logger.exception("A timer of the engine failed; it is tried again")
        return 0


def next_timer() -> datetime | None:
    """When the earliest timer is due; None while none is set."""
    return min((at for _, next_due in TIMERS if (at := next_due())), default=None)
