"""Keep what is refused because its body is too large, or cannot be unpacked.

Its sender showed a valid key: the message leaves a row with the beginning of the body, and a count.
"""

from dataclasses import replace

from django.db import transaction
from django.utils import timezone

from integrations.inbound.endpoint_cache import EndpointConfig
from integrations.inbound.insert import insert_message
from integrations.inbound.rate_limit import keeps_rejection
from integrations.inbound.receive import check_access, check_policy
from integrations.inbound.request import BadEncoding, InboundRequest, TooLarge
from integrations.inbound.unreadable_count import count_unreadable
from integrations.models import InboundMessage

Status = InboundMessage.Status
KEPT_BYTES = 4096  # of a body that is refused


def keep(
    config: EndpointConfig | None, inbound: InboundRequest, problem: TooLarge | BadEncoding
) -> None:
    """Store and count a message of a sender who may send, but for the signature of a body that is
    too large: it cannot be checked. The first 100 of an hour are stored, and all are counted.

    Raises Changed if the cached endpoint is stale.
    """
    if config is None:
        return
    if isinstance(problem, TooLarge):
        rejection, status, answer = check_policy(config, inbound), Status.REJECTED, 413
        body, reason = problem.beginning, _too_large(problem)
    else:
        rejection, status, answer = check_access(config, inbound), Status.FAILED, 400
        body, reason = inbound.body, f"Unreadable: {problem}"
    if rejection:
        return
    row = replace(inbound, body=body[:KEPT_BYTES], encoding="")
    with transaction.atomic():
        if keeps_rejection(config.integration_id):
            insert_message(config, row, answer, status=status, reason=reason)
        count_unreadable(config.integration_id, timezone.now())


def _too_large(problem: TooLarge) -> str:
    kept = f"the first {KEPT_BYTES:,} are kept" if problem.beginning else "nothing of it is kept"
    return f"Rejected: too large. It has more than {problem.max_bytes:,} bytes; {kept}."
