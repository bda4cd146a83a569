"""The Events API v1, as its public reference describes it: the words of its successor.

https://developer.pagerduty.com/docs/events-api-v1-overview
"""

import secrets
from collections.abc import Mapping
from typing import Any

from integrations.decoding.decode import UNREADABLE
from integrations.dialects.pagerduty.events_v2 import MAX_KEY, ReadEvent
from opsportal.lib.text import as_text

ROUTE = "create_event"
TYPES = ("trigger", "acknowledge", "resolve")


def read_event(body: Any) -> ReadEvent:
    """Validate an event. A trigger without an incident key gets one."""
    if body is UNREADABLE:
        return ReadEvent([])  # ``receive.store`` reports it.
    if not isinstance(body, dict):
        return ReadEvent(["the body must be a JSON object"])
    errors = []
    kind = body.get("event_type")
    if kind not in TYPES:
        errors.append(f"Event type must be one of {', '.join(TYPES)}")
    key = body.get("incident_key") or ""
    if not isinstance(key, str):
        errors.append("Incident key must be a string")
        key = ""
    if len(key) > MAX_KEY:
        errors.append(f"Incident key may have {MAX_KEY} characters at most")
    if kind == "trigger" and not as_text(body.get("description")):
        errors.append("Description is missing or blank")
    if kind in TYPES[1:] and not key:
        errors.append("Incident key is missing or blank")
    made = not key and not errors
    return ReadEvent(errors, secrets.token_hex(16) if made else key, made)


def answer_of(event: ReadEvent) -> dict[str, str]:
    """The body of the answer 200."""
    return {"status": "success", "message": "Event processed", "incident_key": event.dedup_key}


def as_event(body: Any, headers: Mapping[str, str]) -> Any:
    """The event in the words of version 2, as the rules of the template read it.

    Version 1 has no severity: whatever is sent there is critical.
    """
    if not isinstance(body, dict):
        return body
    listed = body.get("contexts")
    contexts = [row for row in listed if isinstance(row, dict)] if isinstance(listed, list) else []
    details = body.get("details")
    return {
        "event_action": body.get("event_type"),
        "dedup_key": body.get("incident_key"),
        "payload": {
            "summary": body.get("description"),
            "source": body.get("client"),
            "severity": "critical",
            "custom_details": details if isinstance(details, dict) else {"details": details},
        },
        "client": body.get("client"),
        "client_url": body.get("client_url"),
        "links": [row for row in contexts if row.get("type") != "image"],
        "images": [row for row in contexts if row.get("type") == "image"],
    }
