"""Store a message for a cached endpoint, and wake the engine."""

from datetime import datetime

from django.utils import timezone

from integrations.inbound import log
from integrations.inbound.endpoint_cache import Changed, EndpointConfig, endpoint_cache
from integrations.inbound.request import InboundRequest
from integrations.models import InboundMessage
from opsportal.lib.pg_notify import ENGINE, ThrottledNotifier

Status = InboundMessage.Status
# Not at each message: the engine polls for a while after it found one.
ENGINE_NOTIFIER = ThrottledNotifier(ENGINE, interval_s=0.02)


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

    ``reason`` may quote the body. Raises Changed if the cached endpoint is stale.
    """
    now, is_pending = timezone.now(), status == Status.PENDING
    columns = log.columns_of(
        inbound,
        now,
        integration_id=config.integration_id,
        answer=answer,
        status=status,
        reason=reason,
        ready_at=ready_at or now,
        processed_at=None if is_pending else now,
    )
    notify = ENGINE_NOTIFIER.sql_if_due() if is_pending and ready_at is None else ""
    message_id = log.insert(columns, version=config.version, and_select=notify)
    if message_id is None:
        endpoint_cache.forget(config.integration_id)
        raise Changed
    return message_id
