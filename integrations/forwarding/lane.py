"""The lane of an integration to its old pager: one message after the other, in order.

The oldest one that has no answer is the head, and nothing behind it is sent before it is done with.
So an old pager that hangs has one request of an integration at a time, and `MAX_LANES` of all.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Max, Min, OuterRef, Q, QuerySet, Subquery
from django_q.tasks import async_task

from integrations.models import Forward, Integration
from opsportal.lib.task_queues import LATER

TASK = "integrations.tasks.forward"
MAX_LANES = 4
MAX_ATTEMPTS = 5
GIVE_UP_AFTER = timedelta(hours=1)
LEASE = timedelta(seconds=60)  # Longer than a request may take, and its task may wait.
WAITS_S = (2.0, 10.0, 30.0, 60.0)  # after the first try, the second and so on
MAX_WAIT_S = 300.0
NO_ANSWER = "No answer in five tries, or within an hour: it was given up."
State = Forward.State


def next_due() -> datetime | None:
    """When a message is to be sent; None while none waits."""
    return _heads().aggregate(first=Min("next_attempt_at"))["first"]


def dispatch_due(now: datetime) -> int:
    """Give up what is too old, or ended its worker at the last try, and make a task for each lane
    whose head is due; how many. Where there is nothing to do, one statement says so."""
    seen = Forward.objects.open().aggregate(
        due_at=Min("next_attempt_at"), made_at=Min("made_at"), attempts=Max("attempts")
    )
    if seen["due_at"] is None:
        return 0
    is_over = seen["made_at"] < now - GIVE_UP_AFTER or seen["attempts"] >= MAX_ATTEMPTS
    return _dispatch(now) if is_over or seen["due_at"] <= now else 0


@transaction.atomic
def _dispatch(now: datetime) -> int:
    on_the_way = Forward.objects.filter(state=State.SENDING, next_attempt_at__gt=now)
    left = Forward.objects.open().exclude(pk__in=on_the_way)
    is_over = Q(made_at__lt=now - GIVE_UP_AFTER) | Q(attempts__gte=MAX_ATTEMPTS)
    expired = end(left.filter(is_over), NO_ANSWER, now)
    room = max(0, MAX_LANES - on_the_way.count())
    due = _heads().filter(next_attempt_at__lte=now).order_by("?")  # No lane is always the last.
    rows = due.select_for_update(no_key=True, skip_locked=True)[:room]
    claimed = [_claim(row, now) for row in rows]
    for row in claimed:  # ``attempts`` tells its worker whether it is still as it was claimed.
        async_task(TASK, row.pk, row.attempts, cluster=LATER)
    return expired + len(claimed)


@transaction.atomic
def claim_next(integration_id: int, now: datetime) -> Forward | None:
    """The head of a lane, claimed; None where none is due, or somebody else has it."""
    rows = _heads().filter(integration=integration_id, next_attempt_at__lte=now)
    row = rows.select_for_update(no_key=True, skip_locked=True).first()
    return _claim(row, now) if row else None


def begin(forward_id: int, attempts: int, now: datetime) -> Forward | None:
    """The message, whose next try begins now; None where another task has begun with it."""
    rows = Forward.objects.filter(pk=forward_id, state=State.SENDING, attempts=attempts)
    if not rows.update(attempts=F("attempts") + 1, next_attempt_at=now + LEASE):
        return None
    return Forward.objects.select_related("integration").get(pk=forward_id)


def put_back(row: Forward, problem: str, now: datetime, wait_s: float | None = None) -> None:
    """Let it be tried again, or give it up after the last try. ``wait_s``: what was asked for."""
    if row.attempts >= MAX_ATTEMPTS:
        give_up(row, problem, now)
        return
    usual_s = WAITS_S[min(row.attempts, len(WAITS_S)) - 1]
    pause = timedelta(seconds=min(max(wait_s or 0.0, usual_s), MAX_WAIT_S))
    _same(row).update(state=State.WAITING, next_attempt_at=now + pause, error=problem)


def give_up(row: Forward, problem: str, now: datetime) -> None:
    """Try it no more."""
    end(_same(row), problem, now)


def end(rows: QuerySet[Forward], problem: str, now: datetime) -> int:
    """Give these up, and delete what would have been sent; how many that were."""
    return rows.update(state=State.FAILED, error=problem, done_at=now, request={}, body=b"")


def finish(row: Forward, now: datetime, **answer: object) -> None:
    """Keep what was answered, and delete what was sent."""
    _same(row).update(state=State.ANSWERED, error="", done_at=now, request={}, body=b"", **answer)


def _same(row: Forward) -> QuerySet[Forward]:
    """The row, unless another task has begun with it meanwhile."""
    return Forward.objects.filter(pk=row.pk, state=State.SENDING, attempts=row.attempts)


def _claim(row: Forward, now: datetime) -> Forward:
    row.state, row.next_attempt_at = State.SENDING, now + LEASE
    row.save(update_fields=["state", "next_attempt_at"])
    return row


def _heads() -> QuerySet[Forward]:
    """The oldest open one of each integration."""
    mine = Forward.objects.open().filter(integration=OuterRef("pk")).order_by("pk")
    lanes = Integration.objects.filter(forward_until__isnull=False)
    heads = lanes.annotate(head=Subquery(mine.values("pk")[:1])).order_by()
    rows = Forward.objects.open().filter(pk__in=heads.values("head"))
    return rows.defer("request", "body")
