"""Every advisory lock of the portal: its number, and how it is taken.

PostgreSQL keeps locks with one key (64 bits) and locks with two keys (32 bits each) apart. A lock
of which there is one has a number of ``Lock``; one for each row of something has a space of
``Space`` and the id of the row. Alert keys are hashed to negative numbers of the first kind, all
that are named here are positive.
"""

import hashlib
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from enum import IntEnum, unique

from django.db import OperationalError, connection, transaction
from django.db.transaction import TransactionManagementError
from psycopg.errors import LockNotAvailable

Pair = tuple[int, str]  # The id of a service, and the key of an alert.
INT32 = 2**32
RETRY_S = 0.1


@unique
class Lock(IntEnum):
    """Locks with one key. Every version of the portal uses the same numbers."""

    PRUNE = 0x9D  # One engine deletes what is too old.
    SCHEDULER_LEADER = 0x71AE5  # One scheduler looks for what is due; held by its session.
    OWNERS = 0x04E25  # Whoever takes the role from an Owner sees how many are left.
    IMPORT = 0x1A907  # Two imports do not make the same people.
    COVERAGE = 0xC07E6  # One review of the coverage writes down what it has found.
    MIGRATION = 0x6F707370  # Of several portals that start at once one migrates.


@unique
class Space(IntEnum):
    """First keys of locks with two keys; the second is an id."""

    ENGINE_QUEUE = 0x0B5E  # Messages of an integration; 0: those without one.
    PERSON_FALLBACK = 0x0B5F  # Notifications of a person; 0: of no person.
    MAIL_ACCOUNT = 0x0B60  # An IMAP account that is polled.
    CHAT_POLL = 0x0B61  # An account at a provider that is asked for answers.


class LockLost(Exception):
    """The connection that held a lock of its session has ended, and the lock with it."""


def lock(lock: Lock | Space, row_id: int | None = None) -> None:
    """Wait for a lock, and hold it until the transaction ends.

    Raises TransactionManagementError outside of one, where it would be let go at once.
    """
    _check_transaction()
    _execute("pg_advisory_xact_lock", lock, row_id)


def try_lock(lock: Lock | Space, row_id: int | None = None) -> bool:
    """The same without waiting; False where somebody else holds it.

    Raises TransactionManagementError outside of a transaction.
    """
    _check_transaction()
    return bool(_execute("pg_try_advisory_xact_lock", lock, row_id))


def lock_keys(pairs: Iterable[Pair]) -> None:
    """Hold these keys until the transaction ends, in one order for everybody: no deadlock.

    Raises TransactionManagementError outside of a transaction.
    """
    _check_transaction()
    numbers = sorted({_number_of(service_id, key) for service_id, key in pairs})
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(n) FROM unnest(%s::bigint[]) AS n", [numbers])


def try_lock_session(lock: Lock | Space, row_id: int | None = None) -> bool:
    """Hold a lock until this connection ends, or until it is let go; False where another does.

    Only for a connection that stays one session: through a pooler that shares connections between
    transactions such a lock would stay with somebody else.
    """
    return bool(_execute("pg_try_advisory_lock", lock, row_id))


@contextmanager
def session_lock(
    lock: Lock | Space, row_id: int | None = None, *, wait_s: float = 0.0
) -> Iterator[bool]:
    """Hold a lock within the block; yields False where somebody else holds it for ``wait_s``.

    Raises LockLost at the end of a block that held it, if the connection has ended within.
    """
    if not try_lock_session(lock, row_id) and not _wait_for_session(lock, row_id, wait_s):
        yield False
        return
    session = connection.connection
    try:
        yield True
    except BaseException:
        if connection.connection is session and connection.is_usable():
            _execute("pg_advisory_unlock", lock, row_id)
        raise
    if connection.connection is not session:
        raise LockLost(f"{lock.name} was not held until the end")
    _execute("pg_advisory_unlock", lock, row_id)


@contextmanager
def awaited_session_lock(lock: Lock) -> Iterator[None]:
    """Wait for a lock, however long it takes, and hold it within the block.

    It is tried again and again: a statement that waits would be ended by a time limit for
    statements, and keep PostgreSQL from cleaning up, or from creating an index concurrently.
    """
    while True:
        with session_lock(lock) as is_held:
            if is_held:
                yield
                return
        time.sleep(RETRY_S)


def _wait_for_session(lock: Lock | Space, row_id: int | None, wait_s: float) -> bool:
    """Stand in the server's queue for a lock, for so long at most."""
    if not wait_s:
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('lock_timeout')")
        (before,) = cursor.fetchone()
        cursor.execute("SELECT set_config('lock_timeout', %s, false)", [f"{wait_s * 1000:.0f}ms"])
    try:
        with transaction.atomic() if connection.in_atomic_block else nullcontext():
            _execute("pg_advisory_lock", lock, row_id)
    except OperationalError as error:
        if not isinstance(error.__cause__, LockNotAvailable):
            raise
        return False
    finally:
        if connection.connection and not connection.connection.closed:
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('lock_timeout', %s, false)", [before])
    return True


def _execute(function: str, lock: Lock | Space, row_id: int | None) -> object:
    if isinstance(lock, Space) != (row_id is not None):
        raise TypeError("A lock of a space needs the id of a row, and no other has one.")
    keys = [int(lock)] if row_id is None else [int(lock), _int32(row_id)]
    places = ", ".join(["%s"] * len(keys))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}({places})", keys)
        return cursor.fetchone()[0]


def _check_transaction() -> None:
    if not connection.in_atomic_block:
        raise TransactionManagementError("This lock ends with its transaction; there is none.")


def _int32(row_id: int) -> int:
    """Ids of 64 bits share a lock where their lower halves are the same; that costs a wait."""
    return (row_id + INT32 // 2) % INT32 - INT32 // 2


def _number_of(service_id: int, key: str) -> int:
    """63 bits of a hash, as a negative number."""
    digest = hashlib.blake2b(f"{service_id}:{key}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, signed=True) | -(2**63)
