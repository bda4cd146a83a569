"""Runs the parts of the portal as children, brings back what dies, and ends them together."""

import os
import selectors
import signal
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from opsportal.runtime.processes import kill_group

SHORTEST, LONGEST = 0.2, 10.0  # seconds between a death and the next start
STEADY_S = 3.0  # alive so long, a part is given the shortest again: it does not die at its start
PATIENCE_S = 9.0  # between SIGTERM and SIGKILL
TICK_S = 5.0
READY_CHECK_S = 0.1


@dataclass
class Part:
    """One child: what it does, and the process that does it now."""

    name: str
    work: Callable[[], None]
    pid: int = 0
    started_at: float = 0.0
    start_at: float = 0.0
    delay: float = SHORTEST
    output: int = -1
    rest: bytes = field(default=b"", repr=False)

    @property
    def age(self) -> float:
        return time.monotonic() - self.started_at if self.pid else 0.0


class Supervisor:
    """Its loop sleeps until a child says something or dies, a signal comes or a start is due."""

    def __init__(
        self,
        works: dict[str, Callable[[], None]],
        *,
        before_fork: Callable[[], None],
        on_change: Callable[[dict[str, int]], None],
        on_tick: Callable[["Supervisor"], None],
        is_ready: Callable[[], bool],
        when_ready: Callable[[], None],
    ) -> None:
        self.parts = {name: Part(name, work) for name, work in works.items()}
        self.before_fork, self.on_change, self.on_tick = before_fork, on_change, on_tick
        self.is_ready, self.when_ready, self.greeted = is_ready, when_ready, False
        self.selector = selectors.DefaultSelector()
        self.stopping_until = 0.0
        self.asked_to_stop = 0
        self.tick_at = time.monotonic() + TICK_S

    def run(self) -> None:
        """Run until SIGTERM or SIGINT; returns when nothing is left running."""
        waker, wake = socket.socketpair()
        waker.setblocking(False)
        wake.setblocking(False)
        signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, self._ask_to_stop)
        signal.signal(signal.SIGINT, self._ask_to_stop)
        self.selector.register(waker, selectors.EVENT_READ)
        while not self.stopping_until or any(part.pid for part in self.parts.values()):
            self._start_due()
            for key, _ in self.selector.select(self._pause()):
                if isinstance(key.data, Part):
                    self._relay(key.data)
                else:
                    waker.recv(4096)
            self._reap()
            self._look_around()
        signal.set_wakeup_fd(-1)

    def _ask_to_stop(self, *_: object) -> None:
        # Only noted: in the middle of the loop's work a part's pid may be no longer its own.
        self.asked_to_stop += 1

    def _stop(self) -> None:
        """Ask all parts to end; asked twice, or after a while, end them."""
        now = time.monotonic()
        if not self.stopping_until:
            self.stopping_until = now + PATIENCE_S
            for part in self.parts.values():
                if part.pid:
                    os.kill(part.pid, signal.SIGTERM)
        elif self.asked_to_stop > 1 or now > self.stopping_until:
            self.stopping_until = now + PATIENCE_S
            for part in self.parts.values():
                if part.pid:
                    kill_group(part.pid)

    def restart(self, name: str, why: str) -> None:
        """Kill a part that lives but does nothing; it is started again like any that died."""
        self.say("portal", f"{name} is restarted: {why}")
        if self.parts[name].pid:
            kill_group(self.parts[name].pid)

    def add(self, name: str, work: Callable[[], None]) -> None:
        """One part more, from now on; nothing where it is there already."""
        if name not in self.parts:
            self.parts[name] = Part(name, work)

    def say(self, name: str, line: str) -> None:
        sys.stdout.write(f"{name:<8} | {line}\n")
        sys.stdout.flush()

    def _look_around(self) -> None:
        if self.asked_to_stop:
            self._stop()
        elif time.monotonic() > self.tick_at:
            self.tick_at = time.monotonic() + TICK_S
            self.on_tick(self)
        if not self.greeted and self.is_ready():
            self.greeted = True
            self.when_ready()

    def _pause(self) -> float:
        due = [part.start_at for part in self.parts.values() if not part.pid]
        times = [self.stopping_until] if self.stopping_until else [self.tick_at, *due]
        if not self.greeted:
            times.append(time.monotonic() + READY_CHECK_S)
        return max(0.0, min(times) - time.monotonic())

    def _start_due(self) -> None:
        due = [p for p in self.parts.values() if not p.pid and p.start_at <= time.monotonic()]
        if not due or self.asked_to_stop:
            return
        for part in due:
            self._start(part)
        self.on_change({part.name: part.pid for part in self.parts.values() if part.pid})

    def _start(self, part: Part) -> None:
        self.before_fork()
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            _become(part.work, writer)
        os.close(writer)
        os.set_blocking(reader, False)
        part.pid, part.started_at, part.output, part.rest = pid, time.monotonic(), reader, b""
        self.selector.register(reader, selectors.EVENT_READ, part)

    def _relay(self, part: Part) -> bool:
        """Pass on the whole lines that the part has written; False when there was nothing."""
        try:
            chunk = os.read(part.output, 65536)
        except BlockingIOError:
            return False
        *lines, part.rest = (part.rest + chunk).split(b"\n")
        for line in lines:
            self.say(part.name, line.decode(errors="replace"))
        if not chunk:
            self._hang_up(part)
        return bool(chunk)

    def _hang_up(self, part: Part) -> None:
        self.selector.unregister(part.output)
        os.close(part.output)
        part.output = -1

    def _reap(self) -> None:
        for part in self.parts.values():
            if not part.pid:
                continue
            pid, status = os.waitpid(part.pid, os.WNOHANG)
            if pid:
                self._bury(part, os.waitstatus_to_exitcode(status))

    def _bury(self, part: Part, code: int) -> None:
        kill_group(part.pid)  # Nobody is left to look after what it had started.
        while part.output >= 0 and self._relay(part):
            pass
        if part.output >= 0:
            self._hang_up(part)
        if part.age > STEADY_S:
            part.delay = SHORTEST
        if not self.stopping_until:
            how = f"killed by {signal.Signals(-code).name}" if code < 0 else f"ended with {code}"
            self.say("portal", f"{part.name} was {how}; starts again in {part.delay:g} s")
        part.pid, part.start_at = 0, time.monotonic() + part.delay
        part.delay = min(part.delay * 2, LONGEST)


def _become(work: Callable[[], None], writer: int) -> None:
    """In the child: a process group of its own, output to the supervisor, then the work."""
    code = 1
    try:
        os.setpgid(0, 0)
        os.dup2(writer, 1)
        os.dup2(writer, 2)
        os.close(writer)
        for stream in (sys.stdout, sys.stderr):
            stream.reconfigure(line_buffering=True)  # type: ignore[union-attr]
        work()
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
