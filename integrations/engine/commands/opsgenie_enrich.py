"""What a created alert says besides what rules read: a priority and a note."""

from datetime import datetime
from typing import Any

from incidents.actions import edit_alert, respond
from integrations.decoding import decode
from integrations.dialects.opsgenie.requests import PRIORITIES
from integrations.engine.parsed import ParsedMessage
from integrations.errors import UnreadableBody
from integrations.models import Result
from opsportal.lib.text import as_text


def enrich(parsed: ParsedMessage, now: datetime) -> None:
    """Put the priority on the incident that was opened, and the note on its timeline."""
    message = parsed.message
    outcome = reported[0].outcome if (reported := parsed.reported_events) else None
    if outcome is None or outcome.alert_id is None or outcome.incident_id is None:
        return
    try:
        body = decode.decode(bytes(message.body), message.content_type)
    except UnreadableBody:
        return
    via = via_of(parsed.integration.name if parsed.integration else "", body)
    priority = as_text(body.get("priority")).upper()
    if outcome.result == Result.OPENED and priority in PRIORITIES:
        edit_alert.prioritize(outcome.incident_id, priority)
    if note := as_text(body.get("note")):
        respond.comment(outcome.incident_id, note, via=via)


def via_of(name: str, body: dict[str, Any]) -> str:
    """Who acts, for the timeline: the integration, and the user that the sender names."""
    user = as_text(body.get("user"))
    return f"Opsgenie API ({name}){f': {user}' if user else ''}"[:200]
