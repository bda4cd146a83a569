"""(f) A flood from a real Alertmanager: each alert is a group, and so a post, of its own."""

import json
import time
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.bench import Bench
from benchmarks.house import House
from tests.monitoring import ALERTMANAGER, Alertmanager

PLACE = "later"  # Its people are told after a day: what is measured is the way in.
BATCH = 100
LIMIT = "UPDATE integrations_integration SET rate_limit = %s, changed_at = now() WHERE id = %s"
STORED = """
    SELECT count(DISTINCT convert_from(body, 'UTF8')::jsonb #>> '{commonLabels,instance}')
    FROM integrations_inboundmessage WHERE integration_id = %s AND received_at >= %s
"""
OPENED = """
    SELECT count(*), count(DISTINCT a.incident_id), max(a.opened_at)
    FROM incidents_alert a WHERE a.source_name = %s
"""
# The clock of the spool, moved on by so long that everything in it is due.
HURRY = """
    UPDATE integrations_inboundmessage SET ready_at = now()
    WHERE integration_id = %s AND status = 'pending' AND ready_at > now()
"""


class Flood(Alertmanager):
    """Alertmanager with a route by which no alert waits for another."""

    def __init__(self, folder: Path, url: str, *, again: str = "10m") -> None:
        super().__init__(folder, {"webhook_configs": [{"url": url}]})
        self.again = again

    def command(self) -> list[str]:
        command = super().command()
        file = self.folder / "am.yml"
        config = json.loads(file.read_text())
        config["route"] |= {"group_wait": "0s", "group_interval": self.again}
        file.write_text(json.dumps(config))
        return command

    def fire(self, name: str, count: int, rate: float = 0, *, severity: str = "critical") -> None:
        """So many different alerts, a batch at a time; as fast as they are taken without a rate."""
        began = time.monotonic()
        for start in range(0, count, BATCH):
            numbers = range(start, min(start + BATCH, count))
            self._post([_alert(name, number, severity) for number in numbers])
            if rate:
                time.sleep(max(0.0, began + numbers.stop / rate - time.monotonic()))

    def _post(self, alerts: list[dict[str, Any]]) -> None:
        request = urllib.request.Request(
            f"{self.url}/api/v2/alerts",
            json.dumps(alerts).encode(),
            {"Content-Type": "application/json"},
        )
        urllib.request.urlopen(request, timeout=30).close()


def _alert(name: str, number: int, severity: str) -> dict[str, Any]:
    return {
        "labels": {"alertname": name, "instance": f"db-{number}", "severity": severity},
        "annotations": {"summary": f"Disk of db-{number} is full"},
        "startsAt": datetime.now(UTC).isoformat(),
    }


class Storm:
    """One Alertmanager before one house, and what became of what it sent."""

    def __init__(
        self, house: House, folder: Path, *, place: str = PLACE, again: str = "10m"
    ) -> None:
        self.house, self.place = house, house.places[place]
        url = f"http://127.0.0.1:{house.port}{self.place['path']}"
        self.flood = Flood(folder, url, again=again)
        self.since = house.value("SELECT clock_timestamp()")

    def limit(self, messages_a_minute: int) -> None:
        self.house.sql(LIMIT, messages_a_minute, self.place["integration"])

    def stored(self) -> int:
        """Of how many different alerts there is a message."""
        return self.house.value(STORED, self.place["integration"], self.since)

    def opened(self, name: str) -> tuple[int, int, datetime | None]:
        """Alerts of this name, their incidents, and when the last was opened."""
        return self.house.sql(OPENED, name)[0]

    def work_off(self, seconds: float) -> None:
        """All that the spool holds, without waiting for the pace of the limit."""
        self.house.wait(lambda: not self._hurry(), seconds, "the spool is empty", 0.1)
        self.house.settle(seconds)

    def _hurry(self) -> int:
        """Move the clock of the spool; returns how much is still in it."""
        self.house.sql(HURRY, self.place["integration"])
        self.house.sql("SELECT pg_notify('opsportal_engine', '')")
        return self.house.pending()


def run(bench: Bench) -> None:
    if not ALERTMANAGER:
        raise RuntimeError("prometheus-alertmanager is not installed")
    house, count = bench.house, int(bench.amount(5000))
    house.settle()
    rates = [_unlimited(house, count) for _ in range(max(3, bench.rounds))]
    what = "no limit: from Alertmanager to an open incident"
    bench.add("flood", what, "/s", rates, least=300)
    stored, seconds, again, alerts, incidents = _limited(house, count)
    what = f"limit of 120 a minute: alerts of {count:,} without a message"
    bench.add("flood", what, "", [count - stored], most=0, note=f"all sent within {seconds:.0f} s")
    bench.add("flood", "and worked off: alerts missing", "", [count - alerts], most=0)
    bench.add("flood", "incidents too many", "", [incidents - count], most=0)
    bench.add("flood", "messages that only repeated a refused one", "", [again])


def _unlimited(house: House, count: int) -> float:
    """Alerts a second, from the first post to Alertmanager to the last incident."""
    storm, name = Storm(house, house.folder / f"am-{house.tag()}"), f"Flood{house.tag()}"
    storm.limit(0)
    with storm.flood as flood:
        began = time.time()
        flood.fire(name, count)
        house.wait(lambda: storm.opened(name)[0] >= count, 300, "every alert is open", 0.1)
        _, incidents, last = storm.opened(name)
    if incidents != count or last is None:
        raise AssertionError(f"{count} alerts are {incidents} incidents")
    return count / (time.time() - began)


def _limited(house: House, count: int) -> tuple[int, float, int, int, int]:
    """Far more than is taken at once: stored, seconds, repeats, alerts and incidents in the end."""
    storm, name = Storm(house, house.folder / f"am-{house.tag()}"), f"Flood{house.tag()}"
    storm.limit(120)
    with storm.flood as flood:
        began = time.time()
        flood.fire(name, count, rate=count / 45)
        house.wait(lambda: storm.stored() >= count, 300, "every alert is stored", 0.2)
        seconds = time.time() - began
    storm.work_off(600)
    repeats = house.value(
        "SELECT count(*) FROM integrations_inboundmessage WHERE action = 'retry'"
        " AND integration_id = %s AND received_at >= %s",
        storm.place["integration"],
        storm.since,
    )
    storm.limit(0)
    return storm.stored(), seconds, repeats, *storm.opened(name)[:2]
