"""The whole way of a message, for who may read it: by which integration and rule it went, which
alert and incident it touched, who was told, or why nobody was."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from escalation.models import Run
from incidents.choices import IncidentStatus, TimelineVerb
from incidents.models import Alert, Incident, TimelineEntry, User
from integrations.models import EventResult, InboundMessage, Result
from notifications.models import Notification

MAX_INCIDENTS = 20  # of one message
MAX_NOTIFICATIONS = 40  # of one incident, the newest
# What says on a timeline that somebody was not told.
NOT_TOLD = (
    TimelineVerb.NO_RECIPIENT,
    TimelineVerb.NOT_PAGED,
    TimelineVerb.UNREACHABLE,
    TimelineVerb.RECIPIENT_UNKNOWN,
)
OPENING = (Result.OPENED, Result.DELAYED, Result.SUPPRESSED)
NOTHING_NEW = "it repeats or changes what is known: that alone tells nobody anew"


@dataclass(frozen=True, slots=True)
class IncidentTrace:
    """An incident that a message touched. Without ``incident`` the reader may not see it.

    ``why_not`` says why nobody was told, or why some were not; empty where all went well.
    """

    number: int
    incident: Incident | None = None
    alerts: list[Alert] = field(default_factory=list)
    run: Run | None = None
    notifications: list[Notification] = field(default_factory=list)
    why_not: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Trace:
    """``events``: what came of each; ``ended``: why it reached no incident, '' where it did."""

    message: InboundMessage
    events: list[EventResult]
    incidents: list[IncidentTrace]
    ended: str


def trace_of(message: InboundMessage, user: User) -> Trace:
    """The trace as this person may see it. A fixed number of queries for each incident."""
    events = message.event_results
    numbers = dict.fromkeys(one.incident_id for one in events if one.incident_id is not None)
    if message.incident_id is not None:
        numbers.setdefault(message.incident_id)
    shown = list(numbers)[:MAX_INCIDENTS]
    visible = Incident.objects.visible_to(user).select_related("service").in_bulk(shown)
    traces = [_trace(number, visible.get(number), events, user) for number in shown]
    return Trace(message, events, traces, "" if traces else _ended(message))


def _trace(
    number: int, incident: Incident | None, events: list[EventResult], user: User
) -> IncidentTrace:
    if incident is None:
        return IncidentTrace(number)
    own = [one for one in events if one.incident_id == number]
    alerts = Alert.objects.visible_to(user).filter(
        pk__in={one.alert_id for one in own if one.alert_id is not None}
    )
    told = Notification.objects.visible_to(user).filter(incident=incident)
    told = told.select_related("user", "shared_channel")
    run = incident.runs.select_related("policy", "play").first()
    notifications = list(told[:MAX_NOTIFICATIONS])
    why = _why_not(incident, own, run, bool(notifications))
    return IncidentTrace(number, incident, list(alerts), run, notifications, why)


def _why_not(
    incident: Incident, own: list[EventResult], run: Run | None, is_told: bool
) -> list[str]:
    said = []
    if own and not any(one.result in OPENING for one in own):
        said.append(NOTHING_NEW)
    if incident.suppressed_reason:
        said.append(f"suppressed: {incident.suppressed_reason}")
    entries = TimelineEntry.objects.filter(incident=incident, verb__in=NOT_TOLD)
    said += [f"{one.verb.replace('_', ' ')}: {one.text}" for one in entries[:MAX_NOTIFICATIONS]]
    if not is_told and not said:
        said.append(_waiting(incident, run))
    return said


def _waiting(incident: Incident, run: Run | None) -> str:
    if incident.status != IncidentStatus.OPEN:
        return f"the incident is {incident.get_status_display().lower()}: nobody is paged for it"
    if run is None:
        return "no policy or play has started for it"
    if run.next_step_at:
        return f"the next step is due at {run.next_step_at:%Y-%m-%d %H:%M:%S} UTC"
    return f"its run is {run.get_state_display().lower()}"


def _ended(message: InboundMessage) -> str:
    if message.status == InboundMessage.Status.PENDING:
        return "it waits to be processed"
    return message.reason or f"{message.get_status_display()}: no event of it asks for anything"


def to_json(trace: Trace) -> dict[str, Any]:
    """The trace as the API answers it."""
    message, integration = trace.message, trace.message.integration
    return {
        "message": message.pk,
        "received_at": message.received_at,
        "answer": message.answer,
        "status": message.status,
        "reason": message.reason,
        "integration": integration and {"id": integration.pk, "name": integration.name},
        "events": [_event_json(one) for one in trace.events],
        "incidents": [_incident_json(one) for one in trace.incidents],
        "ended": trace.ended,
    }


def _event_json(one: EventResult) -> dict[str, Any]:
    names = ("index", "action", "result", "reason", "variant", "condition", "key", "subject")
    numbers = {"alert": one.alert_id, "incident": one.incident_id}
    return {name: getattr(one, name) for name in names} | numbers


def _incident_json(one: IncidentTrace) -> dict[str, Any]:
    if one.incident is None:
        return {"id": one.number, "visible": False}
    return {
        "id": one.number,
        "visible": True,
        "title": one.incident.title,
        "status": one.incident.status,
        "alerts": [
            {"id": a.pk, "title": a.title, "is_open": a.closed_at is None, "count": a.count}
            for a in one.alerts
        ],
        "run": one.run and {"through": through(one.run), "state": one.run.state},
        "notifications": [_notification_json(row) for row in one.notifications],
        "why_not": one.why_not,
    }


def _notification_json(row: Notification) -> dict[str, Any]:
    due: datetime = row.due_at
    return {
        "id": row.pk,
        "to": str(row.user or row.shared_channel or ""),
        "channel": row.channel,
        "event": row.event,
        "state": row.state,
        "reason": row.reason,
        "error": row.error,
        "due_at": due,
        "done_at": row.done_at,
    }


def through(run: Run) -> str:
    """The policy or play of a run; 'the catch-all' where it has neither."""
    return str(run.policy or run.play or "the catch-all")
