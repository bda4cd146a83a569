"""The INSERT of a message, and the NOTIFY that wakes the engine."""

import json
from datetime import datetime

from django.utils import timezone

from integrations.inbound.endpoint_cache import Changed, EndpointConfig, endpoint_cache
from integrations.inbound.request import InboundRequest
from integrations.models import InboundMessage
from opsportal.lib.django_internals import fetch_prepared
from opsportal.lib.pg_notify import ENGINE, ThrottledNotifier
from opsportal.lib.text import clean

Status = InboundMessage.Status
# Not with each message: the engine polls for a while after it found one.
ENGINE_NOTIFIER = ThrottledNotifier(ENGINE, interval_s=0.02)

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
    statement = INSERT + (ENGINE_NOTIFIER.sql_if_due() if pending else "")
    row = fetch_prepared(statement, values)
    if row is None:
        endpoint_cache.forget(config.integration_id)
        raise Changed
    return row[0]
