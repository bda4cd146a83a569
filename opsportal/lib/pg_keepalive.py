"""Ask a server whether it is there, with a time limit that holds on a half-open connection, too."""

import select
import time

import psycopg
from psycopg import pq

QUERY = b"SHOW transaction_read_only"


def check(connection: psycopg.Connection, timeout_s: float) -> set[str]:
    """Ask the server whether it takes writes; returns the channels that were notified meanwhile.

    Raises psycopg.OperationalError where it does not answer within ``timeout_s``, or takes none.
    psycopg itself waits for an answer as long as it takes.
    """
    line = connection.pgconn
    line.send_query(QUERY)
    line.flush()
    deadline = time.monotonic() + timeout_s
    while line.is_busy():
        left_s = deadline - time.monotonic()
        if left_s <= 0 or not select.select([line.socket], [], [], left_s)[0]:
            raise psycopg.OperationalError(f"The server has not answered within {timeout_s:g} s")
        line.consume_input()
    value = _value_of(line)
    if value != b"off":
        raise psycopg.OperationalError("The server has turned read-only")
    return _notified(line)


def _value_of(line: pq.abc.PGconn) -> bytes | None:
    """The only value of the answer; None for an error."""
    value = None
    while result := line.get_result():
        if result.status == pq.ExecStatus.TUPLES_OK:
            value = result.get_value(0, 0)
    return value


def _notified(line: pq.abc.PGconn) -> set[str]:
    found = set()
    while notification := line.notifies():
        found.add(notification.relname.decode())
    return found
