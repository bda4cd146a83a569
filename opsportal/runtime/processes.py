"""The processes of one portal: none outlives its parent, and none runs twice on the same data."""

import ctypes
import fcntl
import os
import signal
import sys
import time
from pathlib import Path

PR_SET_PDEATHSIG = 1
RESET_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)
_parent_pid: list[int] = [0]


def kill_children_with_parent() -> None:
    """Have the kernel kill every later fork of this process, and theirs, when its parent ends."""
    os.register_at_fork(before=_note_parent, after_in_child=_bind_to_parent)


def _note_parent() -> None:
    _parent_pid[0] = os.getpid()


def _bind_to_parent() -> None:
    # What the parent does on a signal must not be done by its children too, for instance by one
    # that the parent wants to end.
    signal.set_wakeup_fd(-1)
    for number in RESET_SIGNALS:
        signal.signal(number, signal.SIG_DFL)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != _parent_pid[0]:
            os._exit(1)  # The parent was gone before the kernel was told.


def kill_group(pgid: int, number: int = signal.SIGKILL) -> None:
    """Signal a whole process group, if there is anything left of it.

    Raises ValueError for 0 and 1, which would be the caller's own group and everybody.
    """
    if pgid <= 1:
        raise ValueError(f"{pgid} is no process group of a child.")
    try:
        os.killpg(pgid, number)
    except (ProcessLookupError, PermissionError):
        return


class AlreadyRunning(Exception):
    """Another portal uses the same data folder. Its text is the other's pid."""


class PidFile:
    """Lists the processes of the portal of a data folder; locked by the one that runs."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self.file = path.open("a+")

    def acquire(self, *, timeout_s: float = 5.0) -> None:
        """Lock the file, and kill what an earlier portal left behind.

        Raises AlreadyRunning when another process still holds it after ``timeout_s`` seconds.
        """
        deadline = time.monotonic() + timeout_s
        while True:
            try:
                # A lock of the process, not of the file: forked children do not keep it.
                fcntl.lockf(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise AlreadyRunning(self._lines()[0].split()[0]) from None
                time.sleep(0.1)
        for line in self._lines():
            _kill_leftover(line)
        self.write({})

    def write(self, pids: dict[str, int]) -> None:
        """Write name → pid, each with its start time: a pid alone may be reused later."""
        self.file.seek(0)
        self.file.truncate()
        for name, pid in {"portal": os.getpid(), **pids}.items():
            self.file.write(f"{pid} {_start_time(pid)} {name}\n")
        self.file.flush()

    def _lines(self) -> list[str]:
        self.file.seek(0)
        return self.file.read().splitlines() or ["?"]


def _kill_leftover(line: str) -> None:
    match line.split():
        case [pid, started, name] if name != "portal" and started == _start_time(int(pid)) != "0":
            kill_group(int(pid))


def _start_time(pid: int) -> str:
    """In ticks since the machine booted; 0 when there is no such process."""
    try:
        # The name, in brackets, may hold spaces; the start time is the 20th field after it.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        return "0"
