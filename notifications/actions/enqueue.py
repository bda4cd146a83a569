"""Handing notifications over to the workers: in chunks, one destination to a chunk."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django_q.conf import Conf
from django_q.models import OrmQ
from django_q.tasks import async_task

from notifications.channels import all_channels
from notifications.models import ContactMethod, Notification
from notifications.page import PICKUP_TIMEOUT
from opsportal.lib.task_queues import LATER, SENDERS

CHUNK = 10
MERGED_CHUNK = 500
# So many tasks may wait for the workers: what comes in by itself is never long behind them. The
# rest of a storm waits in its rows, and is dispatched when few enough of the tasks are left.
# Of announcements fewer: a page that comes is not long behind those that are begun with.
LIMITS = {SENDERS: (16, 10), LATER: (4, 2)}  # so many at most, and when so few are left
NEEDED = (
    "channel",
    "contact_method_id",
    "shared_channel_id",
    "subscriber_id",
    "attempts_made",
    "is_announcement",
)


def enqueue(rows: Sequence[Notification]) -> None:
    """One task for each chunk. A row is named with its count of attempts: that is its fence."""
    for (_, size, queue), items in _by_destination(rows).items():
        for start in range(0, len(items), size):
            chunk = items[start : start + size]
            async_task("notifications.tasks.deliver", chunk, cluster=queue)


def free_capacity(queue: str = SENDERS) -> int:
    """How many notifications a queue of the workers still takes; 0 until few tasks are left.

    What a worker took so long ago that it must have died fills no queue.
    """
    now = timezone.now()
    began_at_latest = now + timedelta(seconds=Conf.RETRY) - PICKUP_TIMEOUT
    abandoned = Q(lock__gt=now, lock__lte=began_at_latest)
    limit, refill = LIMITS[queue]
    queued = OrmQ.objects.filter(key=queue).exclude(abandoned)[:limit].count()
    return (limit - queued) * CHUNK if queued <= refill else 0


def queue_of(row: Notification) -> str:
    """Pages come before announcements."""
    return LATER if row.is_announcement else SENDERS


def _by_destination(
    rows: Iterable[Notification],
) -> dict[tuple[str, int, str], list[tuple[int, int]]]:
    found: dict[tuple[str, int, str], list[tuple[int, int]]] = defaultdict(list)
    for row in rows:
        size = MERGED_CHUNK if _comes_as_one(row) else CHUNK
        destination = f"m{row.contact_method_id}s{row.shared_channel_id}"
        found[destination, size, queue_of(row)].append((row.pk, row.attempts_made))
    return found


def dispatch_due(now: datetime, *, limit: int = 500) -> int:
    """Give what is due to the workers: later rules, retries, storms, expired leases.

    Pages first, then people, then what is urgent, and subscribers of status pages last; of what
    does not merge, only as much as is soon begun with. Returns how many notifications that were.
    """
    return sum(_dispatch(queue, now, limit) for queue in (SENDERS, LATER))


@transaction.atomic
def _dispatch(queue: str, now: datetime, limit: int) -> int:
    left = free_capacity(queue)
    if not left:
        return 0
    due = Notification.objects.due(now).filter(is_announcement=queue == LATER)
    due = due.select_for_update(skip_locked=True, no_key=True)
    to_subscriber = Q(subscriber__isnull=False)
    due = due.alias(to_machine=Q(contact_method=None), to_subscriber=to_subscriber).only(*NEEDED)
    rows = []
    order = ("to_subscriber", "to_machine", "-urgent", "next_attempt_at")
    for row in due.order_by(*order)[:limit]:
        left -= not _comes_as_one(row)
        if left >= 0 or _comes_as_one(row):
            rows.append(row)
    if rows:
        Notification.objects.filter(pk__in=[row.pk for row in rows]).update(
            next_attempt_at=now + PICKUP_TIMEOUT,
            sending_since=None,
            waits_for_lane=False,
            waits_for_rate=False,
        )
        mark_used({row.contact_method_id for row in rows if row.contact_method_id}, now)
        enqueue(rows)
    return len(rows)


def _comes_as_one(row: Notification) -> bool:
    """Whether what else goes to the same address comes in one message with it."""
    return row.subscriber_id is None and merges(row.channel)


def merges(channel: str) -> bool:
    """Whether several notifications may go out as one; not on a channel that is gone."""
    known = all_channels().get(channel)
    return known is not None and known.merges


def mark_used(method_ids: Iterable[int], now: datetime) -> None:
    """These addresses are told something now. Where another transaction says so too, it wins:
    to wait for it here could be to wait for each other."""
    used = ContactMethod.objects.filter(pk__in=list(method_ids))
    free = used.select_for_update(skip_locked=True, no_key=True)
    ContactMethod.objects.filter(pk__in=free.values("pk")).update(last_sent_at=now)
