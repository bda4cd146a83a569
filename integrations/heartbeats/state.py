"""What a ping, or its absence, does to a heartbeat. Pure; ``pings`` writes the decision."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from integrations.heartbeats.schedule import Schedule
from integrations.models import Heartbeat
from opsportal.lib.durations import format_duration

LATE_FROM_S = 5  # An alarm that is noticed later than this says so.
MAX_LINES = 40
MAX_CHARS = 4_000

SCANNERS = re.compile(
    r"bot\b|crawl|spider|preview|prefetch|scanner|facebookexternalhit|whatsapp|safelinks", re.I
)


class Kind(StrEnum):
    SUCCESS = "success"
    START = "start"
    FAIL = "fail"
    LOG = "log"


@dataclass(frozen=True, slots=True)
class Ping:
    """One request at the URL of a heartbeat.

    ``counts`` is false for requests of browsers and link previews, ``is_test`` is true for pings
    that a person sends from the page: neither proves that the monitored system reaches the portal.
    """

    kind: Kind = Kind.SUCCESS
    exit_code: int | None = None
    run_id: str = ""
    counts: bool = True
    is_test: bool = False
    started_at: datetime | None = None  # of the run with this id, where it is known

    @classmethod
    def of_exit_code(cls, code: int) -> "Ping":
        return cls(kind=Kind.FAIL if code else Kind.SUCCESS, exit_code=code)


@dataclass(frozen=True, slots=True)
class Decision:
    """Columns to write, the reason for the log, and the event for the engine, if there is one."""

    fields: dict[str, Any] = field(default_factory=dict)
    reason: str = ""
    event: dict[str, Any] | None = None


def is_browser(method: str, headers: Mapping[str, str]) -> bool:
    """Whether a link was followed, prefetched or previewed, rather than a ping sent.

    Browsers tell their Sec-Fetch headers to https and to localhost only, so the older signs count
    as well.
    """
    if method not in ("GET", "HEAD"):
        return False
    purpose = " ".join(headers.get(name, "") for name in ("sec-purpose", "purpose", "x-moz"))
    if "prefetch" in purpose or "preview" in purpose:
        return True
    if headers.get("sec-fetch-mode", "cors") != "cors":
        return True
    agent = headers.get("user-agent", "")
    is_reader = "Mozilla/" in agent and "text/html" in headers.get("accept", "")
    return is_reader or bool(SCANNERS.search(agent))


def schedule_of(row: Heartbeat) -> Schedule:
    """The rules of a heartbeat, without its state."""
    return Schedule(row.every_seconds, row.cron, row.time_zone, row.grace_seconds)


def waiting(row: Heartbeat, now: datetime) -> dict[str, Any]:
    """``due_at`` and ``alert_after`` after a ping at ``now``; None if it is paused."""
    if row.is_paused:
        return {"due_at": None, "alert_after": None, "restarts": 0}
    schedule = schedule_of(row)
    due = schedule.next_due(now)
    return {"due_at": due, "alert_after": schedule.alert_after(due), "restarts": 0}


def waiting_anew(row: Heartbeat, now: datetime, max_restarts: int) -> dict[str, Any]:
    """The same after a time in which pings could not be seen; {} where nothing changes.

    At most ``max_restarts`` times after one ping. Where the clock was put back, the time that it
    had is taken away, which is no restart.
    """
    fields = waiting(row, now)
    if row.alert_after is None or fields["alert_after"] == row.alert_after:
        return {}
    if fields["alert_after"] < row.alert_after:
        return fields | {"restarts": row.restarts}
    return fields | {"restarts": row.restarts + 1} if row.restarts < max_restarts else {}


def is_new(row: Heartbeat) -> bool:
    """Whether it still waits for the ping that starts monitoring."""
    return row.due_at is None and row.down_since is None and not row.is_paused


def decide(row: Heartbeat, ping: Ping, now: datetime, text: str = "") -> Decision:
    """The decision for a ping at ``now``. ``text`` is its body."""
    if not ping.counts:
        return Decision(reason="Opened in a browser, or by a link preview: that is no ping.")
    if ping.is_test:
        return Decision(reason="A test from the portal: it has arrived, and changes nothing.")
    match ping.kind:
        case Kind.START:
            return _started(row, now)
        case Kind.FAIL:
            return _failed(row, ping, now, text)
        case Kind.SUCCESS:
            return _succeeded(row, ping, now, text)
    return Decision(reason="Logged; it changes nothing.")


def _started(row: Heartbeat, now: datetime) -> Decision:
    fields: dict[str, Any] = {"run_started_at": now}
    if not is_new(row):
        return Decision(fields, "A run began.")
    fields |= waiting(row, now)
    return Decision(fields, f"A run began: monitoring starts. {_expected(row, fields['due_at'])}")


def _succeeded(row: Heartbeat, ping: Ping, now: datetime, text: str) -> Decision:
    fields, ran = _alive(row, ping, now)
    after = f"{_expected(row, fields['due_at'])}{ran}"
    if row.down_since:
        fields |= {"down_since": None, "down_reason": ""}
        return Decision(fields, event=recovered(row, now, text))
    if row.is_paused:
        return Decision(fields, f"Ping, while it is paused.{ran}")
    if row.due_at is None:
        return Decision(fields, f"First ping: monitoring starts. {after}")
    if row.alert_after and row.alert_after <= now:
        late = format_duration((now - row.due_at).total_seconds())
        return Decision(fields, f"Ping, {late} late, but before anybody was told. {after}")
    return Decision(fields, f"Ping. {after}")


def _failed(row: Heartbeat, ping: Ping, now: datetime, text: str) -> Decision:
    """Down at once. Its timers go on: silence after a failure is a second problem."""
    fields, ran = _alive(row, ping, now)
    if row.is_paused:
        return Decision(fields, f"Failed, while it is paused: nobody is told.{ran}")
    reason = f"reported exit code {ping.exit_code}" if ping.exit_code else "reported a failure"
    fields |= {"down_since": row.down_since or now, "down_reason": reason}
    return Decision(fields, event=failed(row, reason, text, ran.strip()))


def _alive(row: Heartbeat, ping: Ping, now: datetime) -> tuple[dict[str, Any], str]:
    fields = waiting(row, now) | {"last_ping_at": now, "run_started_at": None}
    started = ping.started_at or row.run_started_at
    if started is None:
        return fields, ""
    fields["last_run_seconds"] = seconds = max((now - started).total_seconds(), 0.0)
    return fields, f" The run took {spell_short(seconds)}."


def overdue(row: Heartbeat, now: datetime) -> Decision:
    """Its alarm is due: one event, and no further alarm until it pings again."""
    assert row.due_at
    assert row.alert_after
    reason = f"silent: expected at {local(row, row.due_at)}"
    fields = {
        "alert_after": None,
        "down_since": row.down_since or row.alert_after,
        "down_reason": reason,
    }
    late = (now - row.alert_after).total_seconds()
    lines = [f"No ping since {local(row, row.last_ping_at)}." if row.last_ping_at else "No ping."]
    if row.run_started_at:
        lines.append(f"A run began at {local(row, row.run_started_at)} and has not ended.")
    if row.restarts:
        lines.append(f"The portal was away since then, and waited anew {row.restarts}×.")
    lines.append(f"Schedule: {schedule_of(row).says}, grace {format_duration(row.grace_seconds)}.")
    if late >= LATE_FROM_S:
        lines.append(f"Noticed {format_duration(late)} late: the engine was not running.")
    return Decision(fields, reason, _event(row, "missed", reason, "down", "\n".join(lines)))


def failed(row: Heartbeat, reason: str, text: str, ran: str) -> dict[str, Any]:
    """The event of a job that says it has failed; ``ran`` says for how long it ran."""
    words = "\n".join(filter(None, [ran, last_lines(text)]))
    return _event(row, "failed", reason, "failed", words)


def recovered(row: Heartbeat, now: datetime, text: str = "") -> dict[str, Any]:
    """The event of a heartbeat that was down and is back."""
    assert row.down_since
    back = f"back after {format_duration((now - row.down_since).total_seconds())}"
    return _event(row, "recovered", f"is {back}", back, last_lines(text))


def _event(row: Heartbeat, event: str, reason: str, status: str, details: str) -> dict[str, Any]:
    name = row.integration.name
    title = f"{name} is {reason}" if event == "missed" else f"{name} {reason}"
    about = {"id": str(row.integration.public_id), "name": name}
    return {
        "event": event,
        "heartbeat": about,
        "title": title,
        "status": status,
        "details": details,
    }


def _expected(row: Heartbeat, due: datetime | None) -> str:
    return f"The next is expected at {local(row, due)}." if due else ""


def local(row: Heartbeat, at: datetime) -> str:
    """A time as the schedule's zone says it."""
    return f"{at.astimezone(ZoneInfo(row.time_zone)):%Y-%m-%d %H:%M:%S %Z}"


def last_lines(text: str) -> str:
    """The end of what a job wrote: that is where it says what went wrong."""
    return "\n".join(text.strip().splitlines()[-MAX_LINES:])[-MAX_CHARS:]


def spell_short(seconds: float) -> str:
    """A run time, to the tenth where it is short."""
    return f"{seconds:.1f} s" if seconds < 10 else format_duration(seconds)
