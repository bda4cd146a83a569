"""Signed messages that come again: who recorded one could send it for ever.

Two episodes of one problem are told apart by what is signed: a time, an id or a counter in the
body, or the time that many providers sign beside it. What is the same in all of that is a replay.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta

from incidents.report import Replayed
from integrations.engine.parsed import ParsedMessage
from integrations.models import InboundMessage

REMEMBERED = timedelta(days=1)
MAX_EARLIER = 1_000  # messages looked at for one batch
Status = InboundMessage.Status
Seen = list[tuple[Replayed, int | None]]  # with the integration


def find_replayed(messages: Sequence[ParsedMessage]) -> dict[int, Replayed]:
    """Message → the one of the last day, at the same integration, whose signed content it has.

    Only those count that were mapped. What a person repeats from the log, and a test, is none.
    """
    signed = [one for one in messages if _may_be_replay(one.message)]
    if not signed:
        return {}
    seen = _seen(signed)
    found = {}
    for parsed in signed:
        row, integration = parsed.message, parsed.integration
        own = {row.integration_id, integration.pk if integration else None}
        for earlier, of in seen[row.signed_digest]:
            is_before = earlier.message < row.pk
            if is_before and of in own and row.received_at - earlier.at < REMEMBERED:
                found[row.pk] = earlier
                break
        if integration and any(one.event.action for one in parsed.events):
            this = Replayed(row.pk, row.received_at, is_done=False)
            seen[row.signed_digest].append((this, integration.pk))
    return found


def _may_be_replay(row: InboundMessage) -> bool:
    return bool(row.signed_digest) and not row.replay_of_id and not row.is_test


def _seen(signed: Sequence[ParsedMessage]) -> dict[str, Seen]:
    """The mapped messages with these digests, the oldest first."""
    rows = InboundMessage.objects.filter(
        signed_digest__in={one.message.signed_digest for one in signed},
        received_at__gt=min(one.message.received_at for one in signed) - REMEMBERED,
        status__in=[Status.MAPPED, Status.APPENDED],
        replay_of=None,
    )
    named = rows.order_by("pk").values_list("signed_digest", "pk", "integration", "received_at")
    found: dict[str, Seen] = defaultdict(list)
    for digest, pk, integration_id, at in named[:MAX_EARLIER]:
        found[digest].append((Replayed(pk, at, is_done=True), integration_id))
    return found
