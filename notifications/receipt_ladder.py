"""How far each page of an incident came: sent, accepted, delivered, read; or why not. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from notifications.choices import AttemptOutcome, NotificationState, ReceiptState
from notifications.models import Attempt, Notification
from notifications.page import PAGES

ARRIVED = (ReceiptState.DELIVERED, ReceiptState.READ)


@dataclass(frozen=True, slots=True)
class Rung:
    """One thing that is known of a message, and when that was; ``words`` of whoever refused it."""

    name: str
    at: datetime | None = None
    words: str = ""
    is_failure: bool = False


@dataclass(frozen=True, slots=True)
class LadderOfMessage:
    """A message with its rungs, the first first; ``waits_until``: it goes on then."""

    row: Notification
    rungs: tuple[Rung, ...]
    waits_until: datetime | None = None

    @property
    def failed(self) -> bool:
        """Whether the last that is known of it is a failure."""
        return bool(self.rungs) and self.rungs[-1].is_failure


def ladders_of(rows: Iterable[Notification]) -> list[LadderOfMessage]:
    """The ladders of the pages among these notifications, the first first: of each recipient and
    address the latest. Their attempts should be prefetched."""
    pages = [row for row in rows if row.event in PAGES and not row.is_announcement]
    found: dict[tuple[object, ...], Notification] = {}
    for row in sorted(pages, key=lambda row: row.pk):
        found[row.user_id, row.shared_channel_id, row.contact_method_id, row.channel] = row
    rows = sorted(found.values(), key=lambda row: (str(row.user or row.shared_channel), row.pk))
    return [_ladder(row) for row in rows]


def _ladder(row: Notification) -> LadderOfMessage:
    attempts = list(row.attempts.all())
    waits = row.next_attempt_at if row.state == NotificationState.WAITING else None
    return LadderOfMessage(row, tuple(_rungs(row, attempts)), waits)


def _rungs(row: Notification, attempts: Sequence[Attempt]) -> Iterable[Rung]:
    if not attempts:
        if row.state == NotificationState.SUPERSEDED:
            yield Rung("Not sent", row.done_at, row.error)
        elif row.state == NotificationState.FAILED:
            yield Rung("Failed", row.done_at, row.error, is_failure=True)
        return
    yield Rung("Sent", attempts[0].started_at)
    accepted = [one for one in attempts if one.outcome == AttemptOutcome.ACCEPTED]
    if accepted:
        yield from _after_acceptance(row, accepted[-1])
    elif row.error:
        yield Rung("Failed", attempts[-1].finished_at, row.error, is_failure=True)


def _after_acceptance(row: Notification, attempt: Attempt) -> Iterable[Rung]:
    yield Rung("Accepted", attempt.finished_at, attempt.provider_name)
    receipt = attempt.receipt
    if receipt == ReceiptState.FAILED:
        words = attempt.receipt_code or row.error
        yield Rung("Not delivered", attempt.receipt_at, words, is_failure=True)
    elif receipt in ARRIVED:
        # Of what was read it is not kept when it was delivered.
        yield Rung("Delivered", attempt.receipt_at if receipt == ReceiptState.DELIVERED else None)
    if receipt == ReceiptState.READ:
        yield Rung("Read", attempt.receipt_at)
