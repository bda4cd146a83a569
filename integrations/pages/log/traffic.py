"""Recent inbound traffic of integrations, counted for lists."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q

from integrations.models import InboundMessage

HOUR = timedelta(hours=1)
BAD = (InboundMessage.Status.FAILED, InboundMessage.Status.REJECTED)


@dataclass(frozen=True, slots=True)
class Traffic:
    """Of one integration, in the last hour."""

    messages: int = 0
    failures: int = 0


def last_messages(integration_ids: Sequence[int]) -> dict[int, datetime]:
    """When the last message of each came; one that has none is missing."""
    # One query with a branch for each: a correlated one would be planned for a busy integration,
    # and then read the whole log for one that is silent.
    branches = [
        InboundMessage.objects.filter(integration=pk)
        .order_by("-pk")
        .values_list("integration", "received_at")[:1]
        for pk in integration_ids
    ]
    if not branches:
        return {}
    return dict(branches[0].union(*branches[1:], all=True))


def last_hour(integration_ids: Sequence[int], now: datetime) -> dict[int, Traffic]:
    """By integration; those without messages are missing."""
    rows = (
        InboundMessage.objects.filter(received_at__gt=now - HOUR, integration__in=integration_ids)
        .order_by()
        .values("integration")
        .annotate(messages=Count("pk"), failures=Count("pk", filter=Q(status__in=BAD)))
    )
    return {row["integration"]: Traffic(row["messages"], row["failures"]) for row in rows}
