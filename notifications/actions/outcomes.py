"""What became of notifications is told to upper apps, in the transaction that writes it."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from django.db import transaction

from notifications.choices import NotificationState
from notifications.models import Notification

logger = logging.getLogger(__name__)
Hearer = Callable[[Sequence[Notification], NotificationState], None]
# Whether somebody wants to know of a state, which is asked for each message, and who.
Wants = Callable[[NotificationState], bool]
HEARERS: list[tuple[Wants, Hearer]] = []


def on_outcome(wants: Wants) -> Callable[[Hearer], Hearer]:
    """Register a function that is called with notifications and what became of them, in the
    transaction that writes it, while ``wants(state)``, which is quick, is true."""

    def register(hear: Hearer) -> Hearer:
        HEARERS.append((wants, hear))
        return hear

    return register


def tell(rows: Sequence[Notification], state: NotificationState) -> None:
    """Tell who wants to know what became of these, in a transaction that is open.

    Who fails at it undoes nothing: what was sent must be written down, or it is sent again.
    """
    for wants, hear in HEARERS:
        if rows and wants(state):
            try:
                with transaction.atomic():
                    hear(rows, state)
            except Exception:
                logger.exception("%s notifications that are %s started nothing", len(rows), state)


@contextmanager
def telling(rows: Sequence[Notification], state: NotificationState) -> Iterator[None]:
    """What is written within it is told of these; in a transaction only where somebody hears."""
    if not any(wants(state) for wants, _ in HEARERS):
        yield
        return
    with transaction.atomic():
        yield
        tell(rows, state)
