"""Rows whose time has come, each in a transaction of its own."""

import logging
from collections.abc import Callable
from typing import TypeVar

from django.db import transaction
from django.db.models import Model, QuerySet

logger = logging.getLogger(__name__)
Row = TypeVar("Row", bound=Model)


def process_due(
    due: QuerySet[Row], process: Callable[[Row], None], *, limit: int | None = None
) -> int:
    """Process the first of these rows; returns how many were.

    Each is locked by one of all who try, in the transaction in which ``process`` notes that it is
    not due any more. One that fails stops no other, and is tried again.
    """
    processed = 0
    for number in list(due.values_list("pk", flat=True)[:limit]):
        try:
            processed += _process(due.filter(pk=number), process)
        except Exception:
            logger.exception("%s %s failed; it is tried again", due.model.__name__, number)
    return processed


@transaction.atomic
def _process(due: QuerySet[Row], process: Callable[[Row], None]) -> int:
    row = due.select_for_update(skip_locked=True, of=("self",), no_key=True).first()
    if row is None:
        return 0
    process(row)
    return 1
