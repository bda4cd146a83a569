"""Retries: messages that a sender posts again because the first was answered 429."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from integrations.mail.duplicates import repeats as find_repeated_mails
from integrations.models import InboundMessage

MAX_RETRY_AGE = timedelta(minutes=15)
MAX_REFUSED_MESSAGES = 1000  # answered 429, looked at for one batch


def find_retries(rows: Sequence[InboundMessage]) -> dict[int, int]:
    """Message → the earlier message of the same body that it repeats: one that was answered 429
    at most 15 minutes before, or a mail that came twice."""
    earlier = _refused(rows)
    found = {}
    for row in rows:
        if row.replay_of_id:  # A person repeats it, and wants to see what comes of it.
            continue
        for pk, at in earlier.get((row.integration_id, row.body_digest), []):
            if pk < row.pk and row.received_at - at < MAX_RETRY_AGE:
                found[row.pk] = pk
    return found | find_repeated_mails(rows)


def _refused(
    rows: Sequence[InboundMessage],
) -> dict[tuple[int | None, str], list[tuple[int, datetime]]]:
    """The messages with the bodies of these that were answered 429, by integration and digest."""
    refused = InboundMessage.objects.filter(
        integration__in={row.integration_id for row in rows},
        answer=429,
        body_digest__in={row.body_digest for row in rows},
    ).values_list("integration_id", "body_digest", "pk", "received_at")
    found: dict[tuple[int | None, str], list[tuple[int, datetime]]] = defaultdict(list)
    for integration_id, digest, pk, at in refused.order_by("-pk")[:MAX_REFUSED_MESSAGES]:
        found[integration_id, digest].append((pk, at))
    return found
