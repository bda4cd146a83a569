"""Lanes: what can hang by itself holds up nothing but itself (docs/decisions/0011-lanes.md).

A lane is one destination: the mail server, or a URL. A send is let through by how many of its lane
are on their way, and the lane's breaker says how soon what failed is tried again. What is not let
through waits in its row, and is released by the next send of its lane that ends.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from notifications.channels import all_channels
from notifications.models import Notification
from opsportal.lib.django_internals import fetch_prepared
from opsportal.lib.net.errors import DeliveryError
from opsportal.lib.pg_notify import SCHEDULER, notify

SLOW_S = 2.0  # A lane whose last send took longer is slow until one is quicker.
STALLED = timedelta(seconds=0.25)  # A send that takes longer may hang.
PATIENCE_S = 0.1  # So long a worker waits for a send before it goes on with another.
MAX_STALLED = 4  # sends of one lane of which one may hang; a lane that fails has one at a time
MAX_STALLED_EVERYWHERE = 32
MAX_FOLLOWERS = 10  # So many follow when a send has ended well.
# What waits for its lane is released, and this is only for what nobody is left to release.
LANE_WAIT = timedelta(seconds=5)
NO_ROOM_WAIT = timedelta(seconds=0.5)


@dataclass(frozen=True, slots=True)
class LaneState:
    """How a lane is, and how many sends are on their way by it, and by all lanes, at the moment."""

    key: str
    failures: int = 0
    took_s: float = 0.0
    opened_until: datetime | None = None
    sends: int = 0
    stalled: int = 0
    stalled_everywhere: int = 0

    @property
    def is_well(self) -> bool:
        return not self.failures and self.took_s <= SLOW_S and self.opened_until is None

    @property
    def patience_s(self) -> float:
        """How long a worker waits for a send: not at all where another one hangs already."""
        return PATIENCE_S if self.is_well and not self.stalled else 0.0


def shared_lanes() -> set[str]:
    """The lanes that all addresses of a channel depend on, such as the mail server."""
    return {channel.lane({}) for channel in all_channels().values() if channel.has_provider}


LOOK = """
    SELECT coalesce(lane.failures, 0), coalesce(lane.took_s, 0), lane.opened_until,
           busy.sends, busy.stalled, busy.everywhere
    FROM (
        SELECT count(DISTINCT sending_since) FILTER (WHERE lane = %(lane)s) AS sends,
               count(DISTINCT sending_since) FILTER (
                   WHERE lane = %(lane)s AND sending_since < %(stalled)s) AS stalled,
               count(DISTINCT sending_since) FILTER (
                   WHERE sending_since < %(stalled)s) AS everywhere
        FROM notifications_notification
        WHERE sending_since IS NOT NULL AND next_attempt_at > %(now)s
    ) AS busy
    LEFT JOIN notifications_lane AS lane ON lane.key = %(lane)s
"""


def look(lane: str, now: datetime) -> LaneState:
    """How the lane is now."""
    values: dict[str, Any] = {"lane": lane, "now": now, "stalled": now - STALLED}
    return LaneState(lane, *fetch_prepared(LOOK, values)[0])


def wait_until(state: LaneState, now: datetime, *, is_first: bool) -> datetime | None:
    """Until when a send has to wait for its lane; None where it may go.

    An open breaker keeps nobody from a first attempt: it only says when to try again.
    """
    if state.opened_until and state.opened_until > now and not is_first:
        return state.opened_until
    may_hang = not state.is_well or state.stalled > 0
    most = 1 if state.failures else MAX_STALLED
    is_full = may_hang and state.sends >= most
    if is_full or (may_hang and state.stalled_everywhere >= MAX_STALLED_EVERYWHERE):
        return now + LANE_WAIT
    return None


PUT_BACK = """
    UPDATE notifications_notification AS n
    SET lane = %(lane)s::text, waits_for_lane = true, waits_for_rate = false, sending_since = NULL,
        next_attempt_at = CASE WHEN %(opened)s OR EXISTS (
            SELECT FROM notifications_notification AS other
            WHERE other.lane = %(lane)s::text AND other.sending_since IS NOT NULL
              AND other.next_attempt_at > %(now)s
        ) THEN %(until)s ELSE %(soon)s END
    FROM unnest(%(ids)s::bigint[], %(made)s::int[]) AS v(id, made)
    WHERE n.id = v.id AND n.attempts_made = v.made AND n.state = 'waiting'
"""


def put_back(
    rows: Sequence[Notification], state: LaneState, until: datetime, now: datetime
) -> None:
    """Let these wait in their rows; only shortly where the lane has become free meanwhile."""
    values: dict[str, Any] = {
        "lane": state.key,
        "opened": until == state.opened_until,
        "now": now,
        "until": until,
        "soon": now + NO_ROOM_WAIT,
        "ids": [row.pk for row in rows],
        "made": [row.attempts_made for row in rows],
    }
    with connection.cursor() as cursor:
        cursor.execute(PUT_BACK, values)


NOTE_SUCCESS = """
    INSERT INTO notifications_lane AS lane (key, took_s, failures, last_error)
    VALUES (%(lane)s, %(took)s, 0, '')
    ON CONFLICT (key) DO UPDATE SET took_s = excluded.took_s, failures = 0, failing_since = NULL,
        opened_until = NULL, last_error = ''
"""

# Open after a second failure, or at once where it was refused: for 5 s, 10, 20, at most 60.
NOTE_FAILURE = """
    INSERT INTO notifications_lane AS lane
        (key, took_s, failures, failing_since, failed_at, opened_until, last_error)
    VALUES (%(lane)s, %(took)s, %(counts)s::int, %(now)s, %(now)s,
            CASE WHEN %(opens)s THEN %(until)s END, %(error)s)
    ON CONFLICT (key) DO UPDATE SET
        took_s = excluded.took_s, failures = lane.failures + %(counts)s::int,
        failing_since = coalesce(lane.failing_since, %(now)s), failed_at = %(now)s,
        last_error = excluded.last_error,
        opened_until = CASE WHEN %(opens)s OR lane.failures > 0 THEN greatest(%(until)s,
            %(now)s + make_interval(secs => least(60, 5 * 2 ^ least(lane.failures, 5)))) END
"""

RELEASE = """
    WITH released AS (
        SELECT id FROM notifications_notification AS n
        WHERE lane = %(lane)s AND waits_for_lane AND next_attempt_at > %(now)s
          AND (%(all)s OR attempts_made = 0)
          AND NOT (is_announcement AND EXISTS (
              SELECT FROM notifications_notification AS earlier
              WHERE earlier.incident_id = n.incident_id AND earlier.id < n.id
                AND earlier.shared_channel_id = n.shared_channel_id
                AND earlier.is_announcement AND earlier.state = 'waiting'))
        ORDER BY is_announcement, urgent DESC, due_at, id
        LIMIT %(most)s FOR NO KEY UPDATE OF n SKIP LOCKED
    )
    UPDATE notifications_notification AS n SET next_attempt_at = %(now)s, waits_for_lane = false
    FROM released WHERE n.id = released.id RETURNING n.id
"""


def note_success(state: LaneState, took_s: float, now: datetime, *, is_ordered: bool) -> None:
    """It was sent, in so many seconds: what waits for its lane goes on.

    Does nothing where all was well before and still is, unless an order has to be kept.
    """
    is_slow = took_s > SLOW_S
    if is_slow or not state.is_well:
        with connection.cursor() as cursor:
            cursor.execute(NOTE_SUCCESS, {"lane": state.key, "took": took_s})
    if is_slow or is_ordered or not state.is_well or took_s > PATIENCE_S:
        _release(state.key, now, most=MAX_STALLED if is_slow else MAX_FOLLOWERS, untried_only=False)


def note_failure(state: LaneState, took_s: float, now: datetime, error: DeliveryError) -> None:
    """It failed: count what is the destination's fault, and let the next one try that waits."""
    if error.address_fault:
        note_success(state, took_s, now, is_ordered=True)
        return
    if not error.permanent or error.provider_fault:
        _count_failure(state.key, took_s, now, error)
    _release(state.key, now, most=1, untried_only=True)


def _count_failure(lane: str, took_s: float, now: datetime, error: DeliveryError) -> None:
    """The breaker opens at the second failure in a row; at once where nobody need try again soon:
    after a refusal of the provider, and where all addresses share one."""
    is_busy = error.retry_after is not None  # It answers, and says when to come again.
    values: dict[str, Any] = {
        "lane": lane,
        "took": took_s,
        "now": now,
        "counts": not is_busy,
        "opens": is_busy or error.permanent or lane in shared_lanes(),
        "until": now + timedelta(seconds=min(error.retry_after or 5, 300)),
        "error": str(error),
    }
    with connection.cursor() as cursor:
        cursor.execute(NOTE_FAILURE, values)


def _release(lane: str, now: datetime, *, most: int, untried_only: bool) -> None:
    values: dict[str, Any] = {"lane": lane, "now": now, "most": most, "all": not untried_only}
    with connection.cursor() as cursor:
        cursor.execute(RELEASE, values)
        if cursor.rowcount:
            notify(connection, SCHEDULER)
