"""One child of the supervisor: how it is forked, and what is known of it."""

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

MIN_RESTART_DELAY_S, MAX_RESTART_DELAY_S = 0.2, 10.0
STABLE_AFTER_S = 3.0  # A service that ran so long does not die at its start.
READ_BYTES = 65_536


@dataclass
class ServiceProcess:
    """A service and the process that runs it now. Times are those of ``time.monotonic()``."""

    name: str
    run: Callable[[], None]
    pid: int = 0  # 0: it does not run.
    started_at: float = 0.0
    start_at: float = 0.0
    restart_delay_s: float = MIN_RESTART_DELAY_S
    output_fd: int = -1  # -1: it is closed.
    unfinished_line: bytes = field(default=b"", repr=False)

    @property
    def uptime_s(self) -> float:
        return time.monotonic() - self.started_at if self.pid else 0.0

    def start(self) -> None:
        """Fork; the child calls ``run`` and never returns. Its output is read from a pipe."""
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            _child_main(self.run, writer)
        os.close(writer)
        os.set_blocking(reader, False)
        self.pid, self.started_at = pid, time.monotonic()
        self.output_fd, self.unfinished_line = reader, b""

    def read_output(self) -> bytes | None:
        """What it has written since the last call; None for nothing, ``b""`` at the end."""
        try:
            return os.read(self.output_fd, READ_BYTES)
        except BlockingIOError:
            return None

    def split_lines(self, chunk: bytes) -> list[str]:
        """The lines that are complete with ``chunk``; the rest is kept for the next call."""
        *lines, self.unfinished_line = (self.unfinished_line + chunk).split(b"\n")
        return [line.decode(errors="replace") for line in lines]

    def schedule_restart(self) -> float:
        """Note that it has ended; returns in how many seconds to start it again.

        The delay doubles each time, unless the process was stable.
        """
        if self.uptime_s > STABLE_AFTER_S:
            self.restart_delay_s = MIN_RESTART_DELAY_S
        delay_s = self.restart_delay_s
        self.pid, self.start_at = 0, time.monotonic() + delay_s
        self.restart_delay_s = min(delay_s * 2, MAX_RESTART_DELAY_S)
        return delay_s


def _child_main(run: Callable[[], None], writer: int) -> None:
    """In the child: a process group of its own, output to the supervisor, then the service."""
    code = 1
    try:
        os.setpgid(0, 0)
        os.dup2(writer, 1)
        os.dup2(writer, 2)
        os.close(writer)
        for stream in (sys.stdout, sys.stderr):
            stream.reconfigure(line_buffering=True)  # type: ignore[union-attr]
        run()
        code = 0
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else int(error.code is not None)
        if isinstance(error.code, str):
            sys.stderr.write(f"{error.code}\n")
    except BaseException:  # noqa: BLE001 - a child must never return into the supervisor's code
        sys.excepthook(*sys.exc_info())
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(code)
