"""Response bodies of the Alert API, https://docs.opsgenie.com/docs/alert-api, of Opsgenie."""

from datetime import UTC, datetime
from typing import Any

from incidents.models import Alert, Incident, TimelineEntry
from integrations.dialects.opsgenie.ids import uuid_of
from integrations.dialects.opsgenie.requests import ACTION, DEFAULT_PRIORITY, SAID
from integrations.models import InboundMessage, Result
from opsportal.lib.text import as_text

ACCEPTED = {"result": "Request will be processed"}
NOT_YET = "Request not found. It might not be processed, yet."
NO_ALERT = "Alert not found"
FAULTY = "Request body is not processable. Please check the errors."
UNKNOWN_KEY = "Could not authenticate"
DISABLED = "The integration of this key is disabled"
NOT_OURS = "This key belongs to an integration of another type; make one of type Opsgenie API"
THROTTLED = "You are making too many requests! To avoid this, please try again later."
DONE = set(Result) - {Result.IGNORED, Result.UNREADABLE, Result.RETRY, Result.CHANGED}
# What of the custom fields is no entry of the sender's details.
OWN = ("Entity", "Sent by", "User")


def moment(at: datetime | None) -> str | None:
    """A time as that API writes it: UTC, with milliseconds."""
    if at is None:
        return None
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def request_status(message: InboundMessage) -> dict[str, Any]:
    """The ``data`` of ``/v2/alerts/requests/<id>``."""
    action = message.headers.get(ACTION, "create")
    word, done = SAID.get(action, SAID["create"])
    success = any(one.result in DONE for one in message.event_results[:1])
    alert = message.alert
    return {
        "success": success,
        "isSuccess": success,
        "action": word,
        "processedAt": moment(message.processed_at),
        "integrationId": str(message.integration.public_id) if message.integration else "",
        "status": done if success else message.reason or "Request was not processed",
        "alertId": uuid_of("alert", alert.pk) if alert else "",
        "alias": alert.dedup_key if alert else "",
    }


def brief(alert: Alert) -> dict[str, Any]:
    """An alert, as lists show it."""
    incident = alert.incident
    owner = incident.assignee
    responders = [{"type": "user", "id": str(owner.pk)}] if owner else []
    return {
        "id": uuid_of("alert", alert.pk),
        "tinyId": str(alert.pk),
        "alias": alert.dedup_key,
        "message": alert.title,
        "status": "closed" if alert.closed_at else "open",
        "acknowledged": incident.status == Incident.Status.ACKNOWLEDGED,
        "isSeen": incident.acknowledged_at is not None,
        "tags": tags_of(alert),
        "snoozed": incident.status == Incident.Status.ON_HOLD,
        "snoozedUntil": moment(incident.snoozed_until),
        "count": alert.count,
        "lastOccurredAt": moment(alert.last_seen_at),
        "createdAt": moment(alert.opened_at),
        "updatedAt": moment(max(alert.last_seen_at, incident.changed_at)),
        "source": _custom(alert).get("Sent by") or alert.source,
        "owner": owner.email if owner else "",
        "priority": incident.priority or DEFAULT_PRIORITY,
        "teams": [],
        "responders": responders,
        "integration": {"id": "", "name": alert.source, "type": "API"},
        "report": _report(alert),
        "ownerTeamId": "",
    }


def full(alert: Alert) -> dict[str, Any]:
    """An alert, as one that is asked for shows it."""
    custom = _custom(alert)
    return {
        **brief(alert),
        "actions": [],
        "entity": custom.get("Entity", ""),
        "description": alert.long_text,
        "details": {name: text for name, text in custom.items() if name not in OWN},
    }


def note(line: TimelineEntry) -> dict[str, Any]:
    """A comment."""
    owner = line.by.email if line.by else line.via
    return {
        "note": line.text,
        "owner": owner,
        "createdAt": moment(line.at),
        "offset": f"{int(line.at.timestamp() * 1000)}_{line.pk}",
    }


def tags_of(alert: Alert) -> list[str]:
    """Tags as they were sent: a name, or a name and a text with a colon between them."""
    known = alert.attributes.get("tags") or {}
    return [name if text == "true" else f"{name}:{text}" for name, text in known.items()]


def _custom(alert: Alert) -> dict[str, str]:
    """Opsgenie knows details that are texts."""
    known = alert.attributes.get("custom_fields") or {}
    return {name: as_text(value) for name, value in known.items()}


def _report(alert: Alert) -> dict[str, Any]:
    """How long it took, in milliseconds, as far as it has come."""
    acknowledged = alert.incident.acknowledged_at
    found: dict[str, Any] = {}
    if acknowledged:
        found["ackTime"] = _span(alert, acknowledged)
    if alert.closed_at:
        found["closeTime"] = _span(alert, alert.closed_at)
    return found


def _span(alert: Alert, until: datetime) -> int:
    return max(int((until - alert.opened_at).total_seconds() * 1000), 0)
