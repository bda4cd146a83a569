"""A whole portal in a data folder of its own, as `make run` starts it."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.receiver import Receiver, free_port
from opsportal.runtime import embedded_postgres

ROOT = Path(__file__).resolve().parent.parent
READY_S = 180

FILL = """
    INSERT INTO integrations_inboundmessage
        (integration_id, service_id, route, content_type, headers, query, body, body_digest,
         remote_address, answer, received_at, ready_at, attempts, is_test, status,
         action, reason, source, source_name, source_id, subject, results)
    SELECT %(integration)s, %(service)s, 'POSTAlert', 'application/json', %(headers)s, '',
           convert_to(replace(%(body)s, '@KEY@', 'k-' || %(tag)s || '-' || n), 'UTF8'),
           md5(%(tag)s || n), '127.0.0.1', 202, clock_timestamp(), now(), 0, false, 'pending',
           '', '', '', '', '', '', '[]'
    FROM generate_series(1, %(count)s) AS n
"""
HEADERS = {"host": "localhost", "user-agent": "Alertmanager/0.28"}


class House:
    """Start it, furnish it, look into its tables and processes, end it."""

    def __init__(self, receiver: Receiver, *, copy_of: Path | None = None) -> None:
        """``copy_of`` is the data folder of a portal that has ended, with nothing in it."""
        self.receiver = receiver
        self.folder = Path(tempfile.mkdtemp(prefix="opsportal-bench-"))
        if copy_of is not None:
            copy_data(copy_of, self.folder)
        self.folder.chmod(0o755)
        self.port = free_port()
        self.tags = 0
        self.environment = {
            **os.environ,
            "DATA_DIR": str(self.folder),
            "OUTGOING_ALLOW_PRIVATE": "1",
            "EMAIL_HOST": "127.0.0.1",
            "EMAIL_PORT": str(receiver.smtp_port),
            "PORT": str(self.port),
            "PYTHONUNBUFFERED": "1",
        }
        self.others: list[subprocess.Popen] = []
        self.database: psycopg.Connection | None = None

    def __enter__(self) -> "House":
        try:
            return self._open()
        except BaseException:
            self.__exit__()
            raise

    def _open(self) -> "House":
        self.log = (self.folder / "portal.log").open("w")
        self.portal = self.spawn("manage.py", "portal")
        self.wait(self._answers, READY_S, "the portal serves")
        self.database = psycopg.connect(embedded_postgres.url(self.folder), autocommit=True)
        made = self.run("-m", "benchmarks.furnish", self.receiver.url)
        facts = json.loads(made)
        self.places: dict[str, dict[str, Any]] = facts["places"]
        self.channel = facts["channel"]
        self.body = _with_key(facts["sample"])
        return self

    def add_hooks(self, urls: list[str]) -> list[str]:
        """A place for each of these receivers; returns their names."""
        made = json.loads(self.run("-m", "benchmarks.furnish", "hooks", *urls))
        self.places.update(made)
        return list(made)

    def add_on_call(self) -> None:
        """Places that tell a person and a schedule, now and a day later."""
        self.places.update(json.loads(self.run("-m", "benchmarks.furnish", "on_call")))

    def __exit__(self, *_: object) -> None:
        if self.database is not None:
            self.database.close()
        for process in [*self.others, self.portal]:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in [*self.others, self.portal]:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
        self.log.close()
        embedded_postgres.stop(self.folder)
        shutil.rmtree(self.folder, ignore_errors=True)

    def spawn(self, *command: str) -> subprocess.Popen:
        return subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            env=self.environment,
            stdout=self.log,
            stderr=subprocess.STDOUT,
        )

    def run(self, *command: str) -> str:
        done = subprocess.run(
            [sys.executable, *command],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            check=True,
            timeout=300,
        )
        return done.stdout.decode()

    def _answers(self) -> bool:
        if self.portal.poll() is not None:
            raise RuntimeError((self.folder / "portal.log").read_text()[-3000:])
        return "is ready" in (self.folder / "portal.log").read_text()

    def wait(
        self, is_so: Callable[[], bool], seconds: float, what: str, every: float = 0.05
    ) -> float:
        """Wait until it is so; returns when that was."""
        deadline = time.monotonic() + seconds
        while not is_so():
            if time.monotonic() > deadline:
                raise TimeoutError(f"not within {seconds} s: {what}")
            time.sleep(every)
        return time.time()

    def sql(self, statement: str, *values: Any) -> list[tuple]:
        cursor = self.database.execute(statement, values or None)
        return cursor.fetchall() if cursor.description else []

    def value(self, statement: str, *values: Any) -> Any:
        return self.sql(statement, *values)[0][0]

    def tag(self) -> str:
        self.tags += 1
        return f"{os.getpid():x}-{self.tags}"

    def key(self, tag: str, number: int) -> str:
        return f"k-{tag}-{number}"

    def message(self, key: str) -> bytes:
        return self.body.replace("@KEY@", key).encode()

    def fill(self, place: str, count: int) -> str:
        """So many messages at once, as if they had just been accepted; returns their tag."""
        tag = self.tag()
        there = self.places[place]
        values = {
            "integration": there["integration"],
            "service": there["service"],
            "headers": json.dumps(HEADERS),
            "body": self.body,
            "tag": tag,
            "count": count,
        }
        self.database.execute(FILL, values)
        self.database.execute("SELECT pg_notify('opsportal_engine', '')")
        return tag

    def pending(self) -> int:
        return self.value(
            "SELECT count(*) FROM integrations_inboundmessage WHERE status = 'pending'"
        )

    def settle(self, seconds: float = 60) -> None:
        """Wait until nothing is left to be worked off or sent."""
        self.wait(lambda: not self.pending(), seconds, "all messages worked off", 0.1)
        self.wait(lambda: not self.unsent(), seconds, "all notifications sent", 0.1)

    def unsent(self) -> int:
        return self.value(
            "SELECT count(*) FROM notifications_notification WHERE state = 'waiting'"
            " AND due_at <= now()"
        )


def copy_data(source: Path, target: Path) -> None:
    """Copy a data folder; its files stay those of the users that servers run as."""
    subprocess.run(["cp", "-a", f"{source}/.", str(target)], check=True)


def _with_key(sample: dict[str, Any]) -> str:
    """The open sample of the template, with a mark where each message differs."""
    (alert,) = sample["alerts"]
    alert["labels"]["instance"] = "@KEY@:9100"
    alert["annotations"]["summary"] = "Disk on @KEY@ fills within 4 hours"
    alert["fingerprint"] = "@KEY@"
    return json.dumps(sample)
