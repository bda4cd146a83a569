"""Runs the portal's services as child processes, restarts what dies, and ends them together."""

import os
import re
import selectors
import signal
import socket
import sys
import time
from collections.abc import Callable

from opsportal.lib.log_redaction import redact
from opsportal.runtime.processes import kill_group
from opsportal.runtime.service_process import ServiceProcess

STOP_TIMEOUT_S = 9.0  # between SIGTERM and SIGKILL
TICK_S = 5.0
READY_CHECK_S = 0.1
STAMPED = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")  # The line says the time itself.


class Supervisor:
    """Its loop sleeps until a child writes or dies, a signal comes or a start is due.

    ``before_fork`` is called in the supervisor before each start, ``on_change`` with the pids
    of all services after starts, ``on_tick`` every ``TICK_S`` seconds, and ``when_ready`` once,
    as soon as ``is_ready`` returns True.
    """

    def __init__(
        self,
        services: dict[str, Callable[[], None]],
        *,
        before_fork: Callable[[], None],
        on_change: Callable[[dict[str, int]], None],
        on_tick: Callable[["Supervisor"], None],
        is_ready: Callable[[], bool],
        when_ready: Callable[[], None],
    ) -> None:
        self.services = {name: ServiceProcess(name, run) for name, run in services.items()}
        self.before_fork, self.on_change, self.on_tick = before_fork, on_change, on_tick
        self.is_ready, self.when_ready, self.announced_ready = is_ready, when_ready, False
        self.selector = selectors.DefaultSelector()
        self.stop_deadline = 0.0  # 0: nobody asked to stop.
        self.stop_requests = 0
        self.tick_at = time.monotonic() + TICK_S

    def run(self) -> None:
        """Run until SIGTERM or SIGINT; returns when nothing is left running."""
        waker, wake = socket.socketpair()
        waker.setblocking(False)
        wake.setblocking(False)
        signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, self._request_stop)
        signal.signal(signal.SIGINT, self._request_stop)
        self.selector.register(waker, selectors.EVENT_READ)
        while not self.stop_deadline or self._running():
            self._start_due()
            for key, _ in self.selector.select(self._timeout_s()):
                if isinstance(key.data, ServiceProcess):
                    self._relay_output(key.data)
                else:
                    waker.recv(4096)
            self._reap()
            self._run_periodic()
        signal.set_wakeup_fd(-1)

    def restart(self, name: str, why: str) -> None:
        """Kill a service that hangs; it is started again like any that died."""
        self.log("portal", f"{name} is restarted: {why}")
        if self.services[name].pid:
            kill_group(self.services[name].pid)

    def add(self, name: str, run: Callable[[], None]) -> None:
        """Run one service more from now on; a name that is known already changes nothing."""
        if name not in self.services:
            self.services[name] = ServiceProcess(name, run)

    def log(self, name: str, line: str) -> None:
        """Print a line with the time, redacted: services print more than goes through their log."""
        when = "" if STAMPED.match(line) else time.strftime("%Y-%m-%d %H:%M:%S ")
        sys.stdout.write(f"{name:<9} | {when}{redact(line)}\n")
        sys.stdout.flush()

    def _running(self) -> list[ServiceProcess]:
        return [service for service in self.services.values() if service.pid]

    def _request_stop(self, *_: object) -> None:
        # Only noted: in the middle of the loop's work a pid may already be another process's.
        self.stop_requests += 1

    def _stop(self) -> None:
        """Send SIGTERM to all services; on the second request, or after a while, kill them."""
        now = time.monotonic()
        if not self.stop_deadline:
            self.stop_deadline = now + STOP_TIMEOUT_S
            for service in self._running():
                os.kill(service.pid, signal.SIGTERM)
        elif self.stop_requests > 1 or now > self.stop_deadline:
            self.stop_deadline = now + STOP_TIMEOUT_S
            for service in self._running():
                self.log("portal", f"{service.name} is killed: it did not end when it was asked to")
                kill_group(service.pid)

    def _run_periodic(self) -> None:
        if self.stop_requests:
            self._stop()
        elif time.monotonic() > self.tick_at:
            self.tick_at = time.monotonic() + TICK_S
            self.on_tick(self)
        if not self.announced_ready and self.is_ready():
            self.announced_ready = True
            self.when_ready()

    def _timeout_s(self) -> float:
        starts = [service.start_at for service in self.services.values() if not service.pid]
        times = [self.stop_deadline] if self.stop_deadline else [self.tick_at, *starts]
        if not self.announced_ready:
            times.append(time.monotonic() + READY_CHECK_S)
        return max(0.0, min(times) - time.monotonic())

    def _start_due(self) -> None:
        now = time.monotonic()
        due = [one for one in self.services.values() if not one.pid and one.start_at <= now]
        if not due or self.stop_requests:
            return
        for service in due:
            self.before_fork()
            service.start()
            self.selector.register(service.output_fd, selectors.EVENT_READ, service)
        self.on_change({service.name: service.pid for service in self._running()})

    def _relay_output(self, service: ServiceProcess) -> bool:
        """Log its complete lines; False when there is nothing more to read now."""
        chunk = service.read_output()
        if chunk is None:
            return False
        for line in service.split_lines(chunk):
            self.log(service.name, line)
        if not chunk:
            self._close_output(service)
        return bool(chunk)

    def _close_output(self, service: ServiceProcess) -> None:
        self.selector.unregister(service.output_fd)
        os.close(service.output_fd)
        service.output_fd = -1

    def _reap(self) -> None:
        for service in self._running():
            pid, status = os.waitpid(service.pid, os.WNOHANG)
            if pid:
                self._on_exit(service, os.waitstatus_to_exitcode(status))

    def _on_exit(self, service: ServiceProcess, code: int) -> None:
        kill_group(service.pid)  # Nobody is left to look after what it had started.
        while service.output_fd >= 0 and self._relay_output(service):
            pass
        if service.output_fd >= 0:
            self._close_output(service)
        delay_s = service.schedule_restart()
        if not self.stop_deadline:
            how = f"killed by {signal.Signals(-code).name}" if code < 0 else f"ended with {code}"
            self.log("portal", f"{service.name} was {how}; starts again in {delay_s:g} s")
