"""The INSERT of a message, and the NOTIFY that wakes the engine."""

from datetime import datetime

from django.utils import timezone

from integrations.inbound.endpoint_cache import Changed, EndpointConfig, endpoint_cache
from integrations.inbound.log import insert, new_message
from integrations.inbound.request import InboundRequest
from integrations.models import InboundMessage
from opsportal.lib.pg_notify import ENGINE, ThrottledNotifier

Status = InboundMessage.Status
# Not with each message: the engine polls for a while after it found one.
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

    Raises Changed if the cached endpoint is stale.
    """
    now = timezone.now()
    message = new_message(
        inbound,
        now,
        integration_id=config.integration_id,
        answer=answer,
        ready_at=ready_at or now,
        status=status,
        reason=reason,
        processed_at=None if status == Status.PENDING else now,
    )
    is_due = status == Status.PENDING and ready_at is None
    returning = ENGINE_NOTIFIER.sql_if_due() if is_due else ""
    message_id = insert(message, version=config.version, returning=returning)
    if message_id is None:
        endpoint_cache.forget(config.integration_id)
        raise Changed
    return message_id
