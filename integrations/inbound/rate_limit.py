"""Rate limit of an integration, shared by all web processes, and the pacing of its backlog.

A sliding window in one row: the minute that began with the first message, and the weighted count of
the minute before. A message past the limit joins the backlog: it becomes due one after another, at
the limit's rate, and later messages queue behind it, so that an integration's order is kept.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection

from integrations.inbound.endpoint_cache import Changed, endpoint_cache

MAX_REJECTED_PER_HOUR = 100

WINDOW = """
    INSERT INTO integrations_ratewindow AS r
        (integration_id, started_at, hits, previous_hits, backlog_until, allowed,
         rejected_since, rejected)
    SELECT id, now(), 1, 0, now(), true, now(), 0
    FROM integrations_integration WHERE id = %(id)s
    ON CONFLICT (integration_id) DO UPDATE SET
        (started_at, hits, previous_hits, backlog_until, allowed) = (
            SELECT w.started_at,
                   w.hits + w.allowed::int,
                   w.previous_hits,
                   greatest(r.backlog_until, now())
                       + CASE WHEN w.allowed OR w.is_full THEN interval '0'
                              ELSE make_interval(secs => %(gap)s) END,
                   w.allowed
            FROM (
                SELECT m.*,
                       m.hits + m.previous_hits
                           * (1 - extract(epoch FROM now() - m.started_at) / 60) < %(limit)s
                           AS allowed,
                       r.backlog_until - now() > make_interval(secs => %(longest)s) AS is_full
                FROM (
                    SELECT CASE WHEN r.started_at > now() - interval '1 min' THEN r.started_at
                                WHEN r.started_at > now() - interval '2 min'
                                THEN r.started_at + interval '1 min' ELSE now() END AS started_at,
                           CASE WHEN r.started_at > now() - interval '1 min' THEN r.hits
                                ELSE 0 END AS hits,
                           CASE WHEN r.started_at > now() - interval '1 min' THEN r.previous_hits
                                WHEN r.started_at > now() - interval '2 min' THEN r.hits
                                ELSE 0 END AS previous_hits
                ) AS m
            ) AS w
        )
    RETURNING allowed, backlog_until, started_at, now(),
              backlog_until - now() > make_interval(secs => %(longest)s)
"""

REJECT = """
    INSERT INTO integrations_ratewindow AS r
        (integration_id, started_at, hits, previous_hits, backlog_until, allowed,
         rejected_since, rejected)
    SELECT id, now(), 0, 0, now(), true, now(), 1
    FROM integrations_integration WHERE id = %(id)s
    ON CONFLICT (integration_id) DO UPDATE SET
        (rejected_since, rejected) = (
            SELECT CASE WHEN r.rejected_since > now() - interval '1 hour' THEN r.rejected_since
                        ELSE now() END,
                   CASE WHEN r.rejected_since > now() - interval '1 hour' THEN r.rejected + 1
                        ELSE 1 END
        )
    RETURNING rejected
"""


@dataclass(frozen=True, slots=True)
class Decision:
    """``ready_at``: when a message of the backlog becomes due. ``retry_after`` is in seconds.
    ``is_full``: it is past the limit, and the backlog holds INBOUND_BACKLOG_LIMIT messages."""

    allowed: bool
    ready_at: datetime | None = None
    retry_after: int = 0
    is_full: bool = False


def admit(integration_id: int, limit: int) -> Decision:
    """Count one message against ``limit`` messages a minute; 0 is no limit. Raises Changed if
    the integration was deleted."""
    if not limit:
        return Decision(allowed=True)
    gap = 60 / limit
    values = {
        "id": integration_id,
        "limit": limit,
        "gap": gap,
        "longest": gap * settings.INBOUND_BACKLOG_LIMIT,
    }
    allowed, backlog_until, started_at, now, is_full = _count(WINDOW, values)
    left = 60 - (now - started_at).total_seconds()
    return Decision(
        allowed=allowed,
        ready_at=backlog_until if backlog_until > now else None,
        retry_after=0 if allowed else max(1, min(60, round(left + 0.5))),
        is_full=is_full and not allowed,
    )


def keeps_rejection(integration_id: int) -> bool:
    """Count one rejected message; whether it is stored: the first 100 of an hour are.

    Raises Changed if the integration was deleted.
    """
    return _count(REJECT, {"id": integration_id})[0] <= MAX_REJECTED_PER_HOUR


def _count(statement: str, values: dict[str, Any]) -> tuple[Any, ...]:
    """The row of the window after one more message."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        row = cursor.fetchone()
    if row is None:
        endpoint_cache.forget(values["id"])
        raise Changed
    return row
