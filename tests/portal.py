"""A whole portal, as it is run: for tests that must see its processes, its pages and its port."""

import ctypes
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path

import psycopg

from benchmarks.house import copy_data

ROOT = Path(__file__).parent.parent
PATIENCE_S = 180  # Far more than it takes, unless other work keeps all cores busy.
LIBC, PR_SET_PDEATHSIG = ctypes.CDLL(None), 1
# What the tests run with, and a portal that somebody starts does not.
OURS = ("DATABASE_URL", "SITE_URL", "DJANGO_SETTINGS_MODULE")


def free_port():
    """One that nobody listens at, of those that the system gives to nobody who asks for any."""
    while True:
        port = random.SystemRandom().randrange(10_000, 32_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


class Portal:
    """`manage.py portal` with a data folder and a port of its own.

    ``copy_of`` is the data folder of another one that has ended: it goes on from there.
    """

    def __init__(self, data_dir, *, with_demo=True, copy_of=None, **variables):
        self.data_dir, self.port = Path(data_dir), free_port()
        if copy_of is not None:
            copy_data(copy_of, self.data_dir)
        self.url = f"http://127.0.0.1:{self.port}"
        inherited = {k: v for k, v in os.environ.items() if k not in OURS}
        self.variables = {
            **inherited,
            "DATA_DIR": str(self.data_dir),
            "PORT": str(self.port),
            "SITE_URL": self.url,
            "PYTHONUNBUFFERED": "1",
            **{name: str(value) for name, value in variables.items()},
        }
        self.data_dir.mkdir(parents=True, exist_ok=True)
        self.log = self.data_dir / "output"
        self.command = ["manage.py", "portal", *(["--demo"] if with_demo else [])]
        self.process = None
        self.start()

    def start(self):
        """Start it, and wait until every part is well."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, *self.command],
                cwd=ROOT,
                env=self.variables,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_end_with_us,  # noqa: PLW1509 - it takes no lock.
            )
        self.wait_until(self.is_well, "well")

    def stop(self):
        """End it as Ctrl-C does; returns its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self.process.wait(PATIENCE_S)

    def restart(self):
        self.stop()
        self.start()

    def kill(self, part):
        """SIGKILL a part: web-1, web-2, worker, clock or engine; or the supervisor: portal."""
        pid = self.process.pid if part == "portal" else self.pids()[part]
        os.kill(pid, signal.SIGKILL)
        return pid

    def pids(self):
        """The pid of each part."""
        lines = (self.data_dir / "portal.pid").read_text().splitlines()
        return {name: int(pid) for pid, _, name in (line.split() for line in lines)}

    def tree(self):
        """The pids of all its processes, the supervisor's own included."""
        return [self.process.pid, *_descendants(self.process.pid)]

    def health(self):
        """Status and body of /healthz; (0, {}) when nobody answers."""
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=10) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)
        except OSError:
            return 0, {}

    def is_well(self):
        assert self.process.poll() is None, self.output()
        return self.health()[0] == 200

    def output(self):
        return self.log.read_text(errors="replace")

    @property
    def password(self):
        """The password of admin@example.com, as it is printed at the first start."""
        return re.search(r"Log in as \S+ with (\S+)", self.output())[1]

    def manage(self, *args):
        """What a management command prints, run beside this portal."""
        done = self.run(*args)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def run(self, *args, **variables):
        """A management command with the variables of this portal, and others where wanted."""
        return subprocess.run(
            [sys.executable, "manage.py", *args],
            cwd=ROOT,
            env={**self.variables, **variables},
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )

    def sql(self, statement):
        """The rows of a query to its database, asked beside it."""
        with self.connect() as connection:
            return connection.execute(statement).fetchall()

    def execute(self, statement, **options):
        """Change something in its database, beside it."""
        with self.connect(**options) as connection:
            connection.execute(statement)

    def connect(self, **options):
        folder = (self.data_dir / "postgres" / "postmaster.pid").read_text().splitlines()[4]
        return psycopg.connect(host=folder, user="postgres", dbname="opsportal", **options)

    def wait_until(self, condition, what, seconds=PATIENCE_S):
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, f"not {what} in time:\n{self.output()[-4000:]}"
            time.sleep(0.05)


def is_alive(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def _end_with_us():
    """Let a portal end when these tests do, though they are broken off."""
    if sys.platform == "linux":
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGINT)


def _descendants(pid):
    found = []
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, children.read_text().split()):
            found += [child, *_descendants(child)]
    return found
