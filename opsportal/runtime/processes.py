"""What keeps the processes of one portal together: none outlives its parent, none runs twice."""

import ctypes
import fcntl
import os
import signal
import sys
import time
from pathlib import Path

PR_SET_PDEATHSIG = 1
INHERITED = (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)
_forking: list[int] = [0]


def bind_children() -> None:
    """From now on every fork of this process, and theirs, is killed when its parent ends."""
    os.register_at_fork(before=_note_parent, after_in_child=_live_and_die_with_parent)


def _note_parent() -> None:
    _forking[0] = os.getpid()


def _live_and_die_with_parent() -> None:
    # What the parent does on a signal must not be done by its children too, for instance by one
    # that the parent wants to end.
    signal.set_wakeup_fd(-1)
    for number in INHERITED:
        signal.signal(number, signal.SIG_DFL)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != _forking[0]:
            os._exit(1)  # The parent was gone before the kernel was told.


def kill_group(pgid: int, number: int = signal.SIGKILL) -> None:
    """Signal a whole process group, if there is anything left of it."""
    if pgid <= 1:
        raise ValueError("That would be our own group, or everybody.")
    try:
        os.killpg(pgid, number)
    except (ProcessLookupError, PermissionError):
        return


class AlreadyRunning(Exception):
    """Another portal uses the same data folder."""


class PidFile:
    """The processes of the portal of a data folder. Whoever holds it is the only one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self.file = path.open("a+")

    def take(self, *, patience: float = 2.0) -> None:
        """Take it, and end what an earlier portal left behind."""
        deadline = time.monotonic() + patience
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
            _sweep(line)
        self.write({})

    def write(self, pids: dict[str, int]) -> None:
        """Keep the pids, each with its start time: a number alone may be somebody else's later."""
        self.file.seek(0)
        self.file.truncate()
        for name, pid in {"portal": os.getpid(), **pids}.items():
            self.file.write(f"{pid} {_started(pid)} {name}\n")
        self.file.flush()

    def _lines(self) -> list[str]:
        self.file.seek(0)
        return self.file.read().splitlines() or ["?"]


def _sweep(line: str) -> None:
    match line.split():
        case [pid, started, name] if name != "portal" and started == _started(int(pid)) != "0":
            kill_group(int(pid))


def _started(pid: int) -> str:
    try:
        # The name, in brackets, may hold spaces; the start time is the 20th field after it.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        return "0"
