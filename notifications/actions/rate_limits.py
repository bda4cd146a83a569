"""Limits of providers, as token buckets in rows: what is too much waits in its row, without an
attempt and without a worker, and never longer than what is as urgent and came before it.

First what somebody waits for (codes, tests), then pages of high urgency, other pages, and what only
tells. A bucket that has room for all is asked for by two statements, and lets go at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from notifications.choices import NotificationEvent
from notifications.models import Notification, RateBucket
from notifications.rates import Limit
from opsportal.lib.pg_notify import SCHEDULER, notify

MAX_CLOSED_S = 300  # So long at most a provider closes a bucket, whatever clocks say.
SHORTEST_S = 0.01
AWAITED = (NotificationEvent.TEST, NotificationEvent.VERIFICATION)

RANK = """CASE WHEN n.event IN ('test', 'verification') THEN 0
               ELSE 1 + 2 * n.is_announcement::int + (NOT n.urgent)::int END"""
# Those before a message are the ones that wait and rank higher, or as high and are older.
TAKE = f"""
    WITH wanted AS (
        SELECT * FROM unnest(%(keys)s::text[], %(rates)s::float8[], %(bursts)s::int[])
            AS w(key, rate, burst)),
    held AS (
        SELECT b.key, w.rate,
               greatest(0, least(%(closed)s, extract(epoch FROM b.at - clock_timestamp())))
                   AS closed_s,
               least(w.burst, b.tokens
                   + greatest(0, extract(epoch FROM clock_timestamp() - b.at)) * w.rate) AS have
        FROM notifications_ratebucket AS b JOIN wanted AS w ON w.key = b.key
        ORDER BY b.key FOR UPDATE OF b),
    waits AS (
        SELECT held.key, have,
               closed_s + greatest(0, 1 - have + (
                   SELECT count(DISTINCT n.next_attempt_at) FROM notifications_notification AS n
                   WHERE n.waits_for_rate AND n.lane = held.key AND n.state = 'waiting'
                     AND n.next_attempt_at > %(now)s
                     AND ({RANK}, n.id) < (%(rank)s, %(id)s))) / rate AS wait_s
        FROM held)
    UPDATE notifications_ratebucket AS b
    SET tokens = waits.have - ((SELECT max(wait_s) FROM waits) = 0)::int,
        at = greatest(b.at, clock_timestamp())
    FROM waits WHERE waits.key = b.key RETURNING b.key, waits.wait_s
"""  # noqa: S608 - it holds nothing but our own words


@dataclass(frozen=True, slots=True)
class Held:
    """A message has to wait for a limit."""

    limit: Limit
    until: datetime


def take(limits: Sequence[Limit], row: Notification, now: datetime) -> Held | None:
    """Take a token of each limit for one message; where one has none nothing is taken of any, and
    the message waits for the one that takes longest."""
    if not limits:
        return None
    waits = _take(limits, row, now)
    if len(waits) < len(limits):
        RateBucket.objects.bulk_create(
            [RateBucket(key=one.key, tokens=one.rate.burst, at=now) for one in limits],
            ignore_conflicts=True,
        )
        waits = _take(limits, row, now)
    longest = max(limits, key=lambda one: waits.get(one.key, 0.0))
    wait_s = waits.get(longest.key, 0.0)
    if not wait_s:
        return None
    return Held(longest, now + timedelta(seconds=max(wait_s, SHORTEST_S)))


def _take(limits: Sequence[Limit], row: Notification, now: datetime) -> dict[str, float]:
    values: dict[str, Any] = {
        "keys": [one.key for one in limits],
        "rates": [float(one.rate.per_s) for one in limits],
        "bursts": [one.rate.burst for one in limits],
        "closed": MAX_CLOSED_S,
        "now": now,
        "rank": rank_of(row),
        "id": row.pk,
    }
    with connection.cursor() as cursor:
        cursor.execute(TAKE, values)
        return {key: float(wait_s) for key, wait_s in cursor.fetchall()}


def rank_of(row: Notification) -> int:
    """0 is sent first."""
    if row.event in AWAITED:
        return 0
    return 1 + 2 * int(row.is_announcement) + int(not row.urgent)


def put_aside(rows: Sequence[Notification], held: Held) -> None:
    """Let these wait for their turn, and say so, and until when."""
    limit = held.limit
    for row in rows:
        mine = Notification.objects.filter(
            pk=row.pk, state=Notification.State.WAITING, attempts_made=row.attempts_made
        )
        mine.update(
            next_attempt_at=held.until,
            lane=limit.key,
            sending_since=None,
            waits_for_lane=False,
            waits_for_rate=True,
            error=f"{limit.name} takes {limit.rate}: this waits for its turn",
        )
    notify(connection, SCHEDULER)  # It may be asleep until after that.


def close(limits: Sequence[Limit], now: datetime, seconds: float) -> None:
    """A provider has said when to come again: nothing is left in its buckets until then."""
    until = now + timedelta(seconds=min(seconds, MAX_CLOSED_S))
    RateBucket.objects.filter(key__in=[one.key for one in limits]).update(tokens=0, at=until)
