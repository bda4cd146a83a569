"""Whether the database takes what a sender brings, tried at most once in 5 s by all processes.

A disk that is full refuses new pages only: rows that are updated in place go on for minutes, and
every message is refused meanwhile. So the probe has the server write a megabyte to a file of
its own, which it removes again, and commit a row.
"""

import fcntl
import logging
import mmap
import os
import struct
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import django.db
from django.db import connection, transaction
from django.utils import timezone

from escalation.actions import process_health

logger = logging.getLogger(__name__)
INTERVAL_S = 5.0
STATEMENT_TIMEOUT_S = 4
PART = "write_probe"
# A result of 1.1 MB, as long as the longest message: beyond work_mem the server keeps it in a file.
SPILL_ROWS = 80_000
STATE = struct.Struct("dd?")


class WriteProbe:
    """Its last result is in memory that all processes share that are forked after it was made.

    Times are those of ``time.monotonic()``, which is one clock for all processes.
    """

    def __init__(self, write: Callable[[], None]) -> None:
        """``write`` raises Django's database errors where the write is refused."""
        self.write = write
        self.memory = mmap.mmap(-1, STATE.size)
        # A lock of the process, which ends with it; and one of the thread.
        self.file, path = tempfile.mkstemp(prefix="opsportal-")
        os.unlink(path)
        self.mutex = threading.Lock()
        self.reset()

    def reset(self) -> None:
        """Forget the last result."""
        STATE.pack_into(self.memory, 0, -INTERVAL_S, -INTERVAL_S, True)

    def is_well(self) -> bool:
        """Whether the last write was taken. Tries one if the last is older than INTERVAL_S.

        One that is under way for longer than that counts as refused. Never raises.
        """
        with self._turn() as is_ours:
            began_at, _, was_taken = self._state()
            if is_ours and time.monotonic() - began_at >= INTERVAL_S:
                self._try(was_taken)
        return self.was_well()

    def was_well(self) -> bool:
        """What the last try has shown, without another one."""
        began_at, ended_at, was_taken = self._state()
        is_stuck = ended_at < began_at < time.monotonic() - INTERVAL_S
        return was_taken and not is_stuck

    def _state(self) -> tuple[float, float, bool]:
        began_at, ended_at, was_taken = STATE.unpack_from(self.memory)
        return began_at, ended_at, was_taken

    def _try(self, was_taken: bool) -> None:
        began_at = time.monotonic()
        STATE.pack_into(self.memory, 0, began_at, self._state()[1], was_taken)
        is_taken = False
        try:
            self.write()
            is_taken = True
        except django.db.Error as error:
            logger.warning("The database takes no writes: %s", str(error).strip())
        finally:
            STATE.pack_into(self.memory, 0, began_at, time.monotonic(), is_taken)

    @contextmanager
    def _turn(self) -> Iterator[bool]:
        """Whether nobody else is at it; nobody waits."""
        if not self.mutex.acquire(blocking=False):
            yield False
            return
        try:
            fcntl.lockf(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
        else:
            try:
                yield True
            finally:
                fcntl.lockf(self.file, fcntl.LOCK_UN)
        finally:
            self.mutex.release()


def write_like_a_sender() -> None:
    """Raises Django's database errors."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('work_mem', '64kB', true),"
                " set_config('statement_timeout', %s, true)",
                [f"{STATEMENT_TIMEOUT_S}s"],
            )
            cursor.execute("SELECT count(*) FROM generate_series(1, %s)", [SPILL_ROWS])
        process_health.record_heartbeat(PART, now=timezone.now())


probe = WriteProbe(write_like_a_sender)
