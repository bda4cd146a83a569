"""Debian's Kannel for tests: both of its programs, and the carrier that its fake driver serves."""

import socket
import subprocess
import time
from contextlib import contextmanager

from tests import programs
from tests.portal import free_port

PATIENCE_S = 20
CONFIGURATION = """
group = core
admin-port = {admin}
admin-password = x
smsbox-port = {boxes}
box-allow-ip = "127.0.0.1"
dlr-storage = internal

group = smsc
smsc = fake
smsc-id = fake
port = {carrier}
connect-allow-ip = "127.0.0.1"

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {sendsms}

group = sendsms-user
username = opsportal
password = k4nnel
max-messages = 2

group = sms-service
keyword = default
text = ""
"""


class Kannel:
    """``url`` is that of sendsms."""

    def __init__(self, folder):
        names = ("admin", "boxes", "carrier", "sendsms")
        self.ports = {name: free_port() for name in names}
        self.url = f"http://127.0.0.1:{self.ports['sendsms']}/cgi-bin/sendsms"
        self.file = folder / "kannel.conf"
        self.file.write_text(CONFIGURATION.format(**self.ports))
        self.log = (folder / "kannel.log").open("wb")
        self.processes = []

    def start(self):
        for program, port in (("bearerbox", "boxes"), ("smsbox", "sendsms")):
            command = [programs.find(program), "-v", "4", self.file]
            self.processes.append(
                subprocess.Popen(command, stdout=self.log, stderr=self.log, cwd=self.file.parent)
            )
            self._wait_for(self.ports[port])

    @contextmanager
    def carrier(self):
        """A connection by which messages leave Kannel, one in a line."""
        address = ("127.0.0.1", self.ports["carrier"])
        with (
            socket.create_connection(address, timeout=PATIENCE_S) as line,
            line.makefile("rb") as lines,
        ):
            yield lines

    def stop(self):
        for process in reversed(self.processes):
            process.kill()
            process.wait()
        self.log.close()

    def _wait_for(self, port):
        until = time.monotonic() + PATIENCE_S
        while True:
            try:
                return socket.create_connection(("127.0.0.1", port), timeout=1).close()
            except OSError:
                assert time.monotonic() < until, self.file.with_suffix(".log").read_text()
                time.sleep(0.05)
