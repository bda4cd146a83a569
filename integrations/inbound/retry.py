"""Repeat what a stale cached endpoint or a dead connection prevented."""

from collections.abc import Callable
from typing import TypeVar

from django.db import OperationalError, connection

from integrations.inbound.endpoint_cache import Changed
from opsportal.lib.database_errors import UNAVAILABLE

T = TypeVar("T")
MAX_TRIES = 3


class StillChanging(OperationalError):
    """All tries failed. Nothing was stored; inbound endpoints answer 503."""


def retry_stale(operation: Callable[[], T]) -> T:
    """The result of ``operation``, which resolves its endpoint anew at each of three tries.

    Repeated after Changed, and after an error of a connection that is dead, or at which nothing can
    be written any more, outside of a transaction.
    Raises StillChanging, or the error of a connection that is alive.
    """
    for _ in range(MAX_TRIES):
        try:
            return operation()
        except Changed:
            continue
        except UNAVAILABLE as failure:
            _close_if_dead(failure)
    raise StillChanging("the integration is being changed")


def _close_if_dead(failure: Exception) -> None:
    """The next query opens a new connection."""
    if connection.in_atomic_block or connection.is_usable():
        raise failure
    connection.close()
