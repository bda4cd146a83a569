"""The INSERT of a message, and the NOTIFY that wakes the engine."""

import json
import time
from datetime import datetime
from typing import Any

import psycopg
from django.db import connection
from django.utils import timezone

from integrations.inbound.endpoint_cache import Changed, EndpointConfig, endpoint_cache
from integrations.inbound.request import InboundRequest
from integrations.models import InboundMessage
from opsportal.lib.pg_notify import INBOUND
from opsportal.lib.text import clean

Status = InboundMessage.Status
NOTIFY_INTERVAL_S = 0.02

# The integration is read in the same statement: nothing is inserted if the row has changed since it
# was cached, and the caller resolves the endpoint again.
INSERT = """
    INSERT INTO integrations_inboundmessage
        (integration_id, service_id, route, content_type, headers, query, body, body_digest,
         remote_address, answer, received_at, ready_at, attempts, is_test, replay_of_id, status,
         action, reason, source, source_name, source_id, subject, results, processed_at)
    SELECT i.id, i.service_id, %(route)s, %(content_type)s, %(headers)s, %(query)s, %(body)s,
           %(digest)s, %(address)s, %(answer)s, %(now)s, %(ready_at)s, 0, %(is_test)s,
           %(replay_of)s, %(status)s, '', %(reason)s, '', '', '', '', '[]', %(processed_at)s
    FROM integrations_integration AS i WHERE i.id = %(id)s AND i.changed_at = %(version)s
    RETURNING id
"""


def insert_message(
    config: EndpointConfig,
    inbound: InboundRequest,
    answer: int,
    *,
    status: str = Status.PENDING,
    reason: str = "",
    ready_at: datetime | None = None,
) -> int:
    """Insert the row of a message; ``answer`` is the HTTP status sent. Returns its id.

    Raises Changed if the cached endpoint is stale.
    """
    now = timezone.now()
    values = {
        "id": config.integration_id,
        "version": config.version,
        "route": inbound.route,
        "content_type": inbound.content_type,
        "headers": json.dumps(inbound.redacted_headers),
        "query": inbound.redacted_query,
        "body": inbound.body,
        "digest": inbound.digest,
        "address": inbound.remote_address,
        "answer": answer,
        "now": now,
        "ready_at": ready_at or now,
        "is_test": inbound.is_test,
        "replay_of": inbound.replay_of,
        "status": str(status),
        "reason": clean(reason),  # It may quote the body.
        "processed_at": None if status == Status.PENDING else now,
    }
    pending = status == Status.PENDING and ready_at is None
    statement = INSERT + (NOTIFIER.due() if pending else "")
    row = _run_prepared(statement, values)
    if row is None:
        endpoint_cache.forget(config.integration_id)
        raise Changed
    return row[0]


def _run_prepared(statement: str, values: dict[str, Any]) -> tuple[Any, ...] | None:
    """The first row of a statement that the server has planned once for this connection.

    Django's own cursors write the values into the text, which is parsed and planned each time.
    """
    with connection.cursor() as cursor, connection.wrap_database_errors:
        line = cursor.connection
        line.prepare_threshold = 1
        return psycopg.Cursor(line).execute(statement, values, prepare=True).fetchone()


class _Notifier:
    """Adds NOTIFY to the INSERT, but at most every 20 ms: a transaction with a NOTIFY waits at its
    commit for all others that have one. The engine polls for a while after it found something."""

    def __init__(self) -> None:
        self.notified_at = 0.0

    def due(self) -> str:
        now = time.monotonic()
        if now - self.notified_at < NOTIFY_INTERVAL_S:
            return ""
        self.notified_at = now
        return f", pg_notify('{INBOUND}', '')"


NOTIFIER = _Notifier()
