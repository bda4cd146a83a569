"""Messages of routes with a meaning of their own: done here, in place of mapping or after it."""

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime

from integrations.chat.command import ACT
from integrations.dialects.opsgenie import requests
from integrations.engine.commands.change_events import CHANGE, note_change
from integrations.engine.commands.chat import obey
from integrations.engine.commands.opsgenie import act
from integrations.engine.commands.opsgenie_enrich import complete
from integrations.engine.outcome import WORDS, Summary
from integrations.engine.reader import Reading
from integrations.engine.result import Done
from integrations.models import InboundMessage
from opsportal.lib.text import clean

# In place of mapping, and after it.
DEEDS: dict[str, Callable[[InboundMessage, datetime], Done]] = {
    CHANGE: note_change,
    requests.ACT: act,
    ACT: obey,
}
AFTERWARDS: dict[str, Callable[[Reading, datetime], None]] = {requests.CREATE: complete}


def do(message: InboundMessage, now: datetime) -> Summary:
    """Do what the message asks for, and say what became of it."""
    done = DEEDS[message.route](message, now)
    status, action = WORDS[done.result]
    line = {**asdict(done), "index": 0, "alert": done.alert_id, "incident": done.incident_id}
    return Summary(
        id=message.pk,
        integration_id=message.integration_id,
        status=str(status),
        action=str(action),
        reason=clean(done.reason),
        source=clean(done.source)[:1024],
        source_name=clean(done.source_name)[:1024],
        source_id=clean(done.source_id)[:1024],
        subject=clean(done.subject)[:1024],
        results=clean(json.dumps([line])),
        alert_id=done.alert_id,
        incident_id=done.incident_id,
        processed_at=now,
    )


def follow_up(reading: Reading, now: datetime) -> None:
    """What its route adds to a message that was mapped."""
    if afterwards := AFTERWARDS.get(reading.message.route):
        afterwards(reading, now)
