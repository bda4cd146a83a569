"""The Events API v2, as its public reference describes it: what is valid, and what is answered.

https://developer.pagerduty.com/docs/send-alert-event (limits and answers checked against the
clients that are in use).
"""

import secrets
from dataclasses import dataclass
from typing import Any

from incidents.report import SEVERITIES
from integrations.decoding.decode import UNREADABLE

ACTIONS = ("trigger", "acknowledge", "resolve")
MAX_KEY = 255
MAX_SUMMARY = 1024


@dataclass(frozen=True, slots=True)
class ReadEvent:
    """A validated event. ``made_key``: ``dedup_key`` was generated."""

    errors: list[str]
    dedup_key: str = ""
    made_key: bool = False


def read_event(body: Any, *, needs_dedup_key: bool, needs_severity: bool) -> ReadEvent:
    """Validate an event. A trigger without a dedup key gets one, unless it is required."""
    if body is UNREADABLE:
        return ReadEvent([])  # ``receive.store`` reports it.
    if not isinstance(body, dict):
        return ReadEvent(["the body must be a JSON object"])
    errors = []
    action = body.get("event_action")
    if action not in ACTIONS:
        errors.append(f"'event_action' must be one of {', '.join(ACTIONS)}")
    key = body.get("dedup_key") or ""
    if not isinstance(key, str):
        errors.append("'dedup_key' must be a string")
        key = ""
    if len(key) > MAX_KEY and needs_severity:
        errors.append(f"'dedup_key' may have {MAX_KEY} characters at most")
    if not key and (needs_dedup_key or action in ("acknowledge", "resolve")):
        errors.append("'dedup_key' is missing or blank")
    if action == "trigger":
        errors += _payload_errors(body.get("payload"), needs_severity)
    made = not key and not errors
    return ReadEvent(errors, secrets.token_hex(16) if made else key, made)


def _payload_errors(payload: Any, needs_severity: bool) -> list[str]:
    if not isinstance(payload, dict):
        return ["'payload' is missing or no object"]
    errors = [
        f"'payload.{name}' is missing or blank"
        for name in ("summary", "source")
        if not isinstance(payload.get(name), str) or not payload[name].strip()
    ]
    severity = payload.get("severity")
    if severity is None and not needs_severity:
        return errors
    if not isinstance(severity, str) or severity.lower() not in SEVERITIES:
        errors.append(f"'payload.severity' must be one of {', '.join(SEVERITIES)}")
    return errors


def answer_of(event: ReadEvent) -> dict[str, str]:
    """The body of the answer 202."""
    return {"status": "success", "message": "Event processed", "dedup_key": event.dedup_key}
