"""A real Prometheus and a real Alertmanager, for tests, with as little in them as can be."""

import json
import signal
import subprocess
import time
import urllib.request
from datetime import UTC, datetime
from urllib.parse import urlsplit

from tests import programs
from tests.portal import PATIENCE_S, free_port

ALERTMANAGER = programs.find("prometheus-alertmanager")
PROMETHEUS = programs.find("prometheus")
AMTOOL = programs.find("amtool")


class Program:
    """One process with a port and a folder of its own; ends with its ``with``."""

    def __init__(self, folder):
        self.folder, self.port = folder, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        folder.mkdir()

    def command(self):
        raise NotImplementedError

    def __enter__(self):
        with (self.folder / "output").open("wb") as output:
            self.process = subprocess.Popen(self.command(), stdout=output, stderr=output)
        until(self.is_ready)
        return self

    def __exit__(self, *error):
        self.process.terminate()
        self.process.wait(PATIENCE_S)

    def is_ready(self):
        try:
            return urllib.request.urlopen(f"{self.url}/-/ready", timeout=10).status == 200
        except OSError:
            return False

    @property
    def output(self):
        return (self.folder / "output").read_text()


class Alertmanager(Program):
    """``receiver`` is one of its receivers without the name: {"slack_configs": […]}."""

    def __init__(self, folder, receiver):
        super().__init__(folder)
        self.receiver = receiver

    def command(self):
        route = {"receiver": "portal", "group_by": ["..."], "repeat_interval": "1h"}
        config = {
            "route": {**route, "group_wait": "50ms", "group_interval": "300ms"},
            "receivers": [{"name": "portal", **self.receiver}],
        }
        (self.folder / "am.yml").write_text(json.dumps(config))
        return [
            ALERTMANAGER,
            f"--config.file={self.folder / 'am.yml'}",
            f"--storage.path={self.folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{self.port}",
            "--cluster.listen-address=",
        ]

    def post(self, *, is_over=False, **labels):
        """As Prometheus does: one alert that fires, or that is over."""
        now = datetime.now(UTC).isoformat()
        alert = {"labels": {"severity": "critical", **labels}, "annotations": {"summary": "Full"}}
        alert |= {"endsAt": now} if is_over else {"startsAt": now}
        request = urllib.request.Request(
            f"{self.url}/api/v2/alerts",
            json.dumps([alert]).encode(),
            {"Content-Type": "application/json"},
        )
        urllib.request.urlopen(request, timeout=30).close()


class Prometheus(Program):
    """It scrapes nothing, evaluates each second, and tells the Alertmanager at ``target``."""

    def __init__(self, folder, target):
        super().__init__(folder)
        self.target = urlsplit(target)

    def command(self):
        manager = {
            "scheme": self.target.scheme,
            "path_prefix": self.target.path,
            "static_configs": [{"targets": [self.target.netloc]}],
        }
        config = {
            "global": {"evaluation_interval": "1s"},
            "rule_files": [str(self.folder / "rules.json")],
            "alerting": {"alertmanagers": [manager]},
        }
        (self.folder / "prometheus.yml").write_text(json.dumps(config))
        self.write()
        return [
            PROMETHEUS,
            f"--config.file={self.folder / 'prometheus.yml'}",
            f"--storage.tsdb.path={self.folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{self.port}",
            "--rules.alert.resend-delay=1s",
        ]

    def write(self, **rules):
        """These alerts and no others: a name, and the expression that it fires by."""
        found = [
            {
                "alert": name,
                "expr": expression,
                "labels": {"severity": "critical", "instance": "db-07"},
                "annotations": {"summary": f"{name} on db-07"},
            }
            for name, expression in rules.items()
        ]
        groups = [{"name": "tests", "rules": found}] if found else []
        (self.folder / "rules.json").write_text(json.dumps({"groups": groups}))

    def reload(self, **rules):
        self.write(**rules)
        self.process.send_signal(signal.SIGHUP)


def amtool(url, *words):
    """What amtool prints about the Alertmanager at this address."""
    done = subprocess.run(
        [AMTOOL, f"--alertmanager.url={url}", *words],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def until(condition, seconds=PATIENCE_S):
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)
    return found
