"""What became of a message: one status for the log, and each of its events with its reason."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from incidents.report import Outcome
from integrations.engine.reader import Reading
from integrations.mapping.events import Event
from integrations.models import InboundMessage

Status, Action = InboundMessage.Status, InboundMessage.Action
MOST_EVENTS = 200

# What an outcome means for the log; of several events the first in this list names the message.
WORDS: dict[str, tuple[str, str]] = {
    "opened": (Status.MAPPED, Action.OPENED),
    "delayed": (Status.MAPPED, Action.DELAYED),
    "suppressed": (Status.MAPPED, Action.SUPPRESSED),
    "closed": (Status.MAPPED, Action.CLOSED),
    "acknowledged": (Status.MAPPED, Action.ACKNOWLEDGED),
    "updated": (Status.MAPPED, Action.UPDATED),
    "changed": (Status.MAPPED, Action.CHANGED),
    "appended": (Status.APPENDED, ""),
    "retry": (Status.IGNORED, Action.RETRY),
    "ignored": (Status.IGNORED, ""),
    "unreadable": (Status.FAILED, ""),
}


@dataclass(frozen=True, slots=True)
class Summary:
    """The columns that a worked-off message gets."""

    id: int
    integration_id: int | None
    status: str
    action: str
    reason: str
    source: str
    source_name: str
    source_id: str
    subject: str
    results: str
    alert_id: int | None
    incident_id: int | None
    processed_at: datetime


def summarize(reading: Reading, now: datetime) -> Summary:
    """One line of the log."""
    told = {event.index: out for event, out in zip(reading.told, reading.results, strict=True)}
    lines = [_line(event, told.get(event.index)) for event in reading.events]
    if not lines:
        return _without_events(reading, now)
    chief = min(lines, key=lambda line: list(WORDS).index(line["result"]))
    status, action = WORDS[chief["result"]]
    event = reading.events[lines.index(chief)]
    counted = f" ({len(lines)} events)" if len(lines) > 1 else ""
    return Summary(
        id=reading.message.pk,
        integration_id=reading.integration.pk if reading.integration else None,
        status=str(status),
        action=str(action),
        reason=f"{chief['reason']}{counted}".strip(),
        source=event.source,
        source_name=event.source_name,
        source_id=event.source_id,
        subject=event.subject,
        results=json.dumps(lines[:MOST_EVENTS]),
        alert_id=chief["alert"],
        incident_id=chief["incident"],
        processed_at=now,
    )


def _line(event: Event, outcome: Outcome | None) -> dict[str, Any]:
    result, reason = "ignored", event.error or event.reason
    if outcome is not None:
        result, reason = outcome.result, outcome.reason or event.reason
    elif event.error:
        result = "unreadable"
    return {
        "index": event.index,
        "action": str(event.action),
        "result": result,
        "reason": reason,
        "key": event.key,
        "source_name": event.source_name,
        "source_id": event.source_id,
        "status": event.status,
        "severity": event.severity,
        "subject": event.subject,
        "alert": outcome.alert_id if outcome else None,
        "incident": outcome.incident_id if outcome else None,
    }


def _without_events(reading: Reading, now: datetime) -> Summary:
    """Nothing in it was an event: it could not be read, nobody takes it, or its list is empty."""
    status = Status.FAILED if reading.failure else Status.IGNORED
    return Summary(
        id=reading.message.pk,
        integration_id=reading.message.integration_id,
        status=str(status),
        action="",
        reason=reading.failure or "The message holds no events",
        source="",
        source_name="",
        source_id="",
        subject="",
        results="[]",
        alert_id=None,
        incident_id=None,
        processed_at=now,
    )


TYPES = {
    "id": "bigint",
    "integration_id": "bigint",
    "alert_id": "bigint",
    "incident_id": "bigint",
    "results": "jsonb",
    "processed_at": "timestamptz",
}
COLUMNS = [name for name in Summary.__slots__ if name != "id"]
FINISH = "UPDATE integrations_inboundmessage AS m SET {sets} FROM unnest({arrays}) AS v({names})"
FINISH = FINISH.format(
    sets=", ".join(f"{name} = v.{name}" for name in COLUMNS),
    arrays=", ".join(f"%({name})s::{TYPES.get(name, 'text')}[]" for name in ["id", *COLUMNS]),
    names=", ".join(["id", *COLUMNS]),
)
FINISH += " WHERE m.id = v.id"


def finish(summaries: Sequence[Summary]) -> None:
    """Write what became of these messages, in one statement."""
    rows = [asdict(summary) for summary in summaries]
    arrays = {name: [row[name] for row in rows] for name in ["id", *COLUMNS]}
    with connection.cursor() as cursor:
        cursor.execute(FINISH, arrays)
