"""What a processed message becomes in the log: one status, and the result of each event."""

from datetime import datetime
from typing import Any

from integrations.engine.audience import LOGGED
from integrations.engine.command_result import CommandResult
from integrations.engine.parsed import ParsedEvent, ParsedMessage
from integrations.inbound.log import LogUpdate
from integrations.models import EventResult, InboundMessage, Result

Status, Action = InboundMessage.Status, InboundMessage.Action
MAX_EVENTS = 200  # results that one message keeps
NO_EVENTS = "The message holds no events"

# Result → (status, action) in the log. `Result` says which of several results names the message.
LOG_STATUS: dict[Result, tuple[str, str]] = {
    Result.OPENED: (Status.MAPPED, Action.OPENED),
    Result.DELAYED: (Status.MAPPED, Action.DELAYED),
    Result.SUPPRESSED: (Status.MAPPED, Action.SUPPRESSED),
    Result.CLOSED: (Status.MAPPED, Action.CLOSED),
    Result.ACKNOWLEDGED: (Status.MAPPED, Action.ACKNOWLEDGED),
    Result.UPDATED: (Status.MAPPED, Action.UPDATED),
    Result.CHANGED: (Status.MAPPED, Action.CHANGED),
    Result.APPENDED: (Status.APPENDED, ""),
    Result.LOGGED: (Status.MAPPED, ""),
    Result.RETRY: (Status.IGNORED, Action.RETRY),
    Result.IGNORED: (Status.IGNORED, ""),
    Result.UNREADABLE: (Status.FAILED, ""),
}
RANK = {result: rank for rank, result in enumerate(Result)}


def entry_of_message(parsed: ParsedMessage, now: datetime) -> LogUpdate:
    """The log entry of a message that was mapped, or could not be."""
    message = parsed.message
    earlier = message.event_results if message.events_done else []
    results = [*earlier, *(_event_result(one) for one in parsed.events)]
    if parsed.failure or not results:
        return _entry_without_events(parsed, now)
    if parsed.is_cut:
        return _entry_of_slice(parsed, results)
    integration_id = parsed.integration.pk if parsed.integration else None
    return _entry(message, results, integration_id, now, count=parsed.total)


def entry_of_command(message: InboundMessage, done: CommandResult, now: datetime) -> LogUpdate:
    """The log entry of a message that was executed in place of being mapped."""
    return _entry(message, [done.event_result()], message.integration_id, now, count=1)


def _entry_of_slice(parsed: ParsedMessage, results: list[EventResult]) -> LogUpdate:
    """Some of its events are done: it is pending still, and nobody counts tries against it."""
    values: dict[str, Any] = {
        "reason": f"{parsed.events_done} of {parsed.total} events are done",
        "events_done": parsed.events_done,
        "attempts": 0,
    }
    kept = _kept(results)
    if kept != parsed.message.event_results:
        values["results"] = [one.to_json() for one in kept]
    return LogUpdate(parsed.message, values)


def _kept(results: list[EventResult]) -> list[EventResult]:
    """The first ones, and always the one that names the message."""
    kept, first = results[:MAX_EVENTS], _first(results)
    if RANK[first.result] < min(RANK[one.result] for one in kept):
        kept[-1] = first
    return kept


def _first(results: list[EventResult]) -> EventResult:
    return min(results, key=lambda one: RANK[one.result])


def _failures(message: InboundMessage) -> int:
    """How many of its tries failed: all but the present one."""
    return max(message.attempts - 1, 0)


def _entry(
    message: InboundMessage,
    results: list[EventResult],
    integration_id: int | None,
    now: datetime,
    *,
    count: int,
) -> LogUpdate:
    first = _first(results)
    status, action = LOG_STATUS[first.result]
    counted = f" ({count} events)" if count > 1 else ""
    return LogUpdate(
        message,
        {
            "integration_id": integration_id,
            "status": status,
            "action": action,
            "reason": f"{first.reason}{counted}".strip(),
            "source": first.source,
            "source_name": first.source_name,
            "source_id": first.source_id,
            "subject": first.subject,
            "results": [one.to_json() for one in _kept(results)],
            "attempts": _failures(message),
            "events_done": count,
            "alert_id": first.alert_id,
            "incident_id": first.incident_id,
            "processed_at": now,
        },
    )


def _event_result(one: ParsedEvent) -> EventResult:
    event, outcome = one.event, one.outcome
    result = Result.UNREADABLE if event.error else Result.IGNORED
    reason = event.error or event.reason
    if one.is_logged_only:
        result, reason = Result.LOGGED, LOGGED
    if outcome is not None:
        result, reason = Result(outcome.result), outcome.reason or event.reason
    return EventResult(
        result=result,
        reason=reason,
        index=event.index,
        action=str(event.action),
        key=event.key,
        source=event.source,
        source_name=event.source_name,
        source_id=event.source_id,
        status=event.status,
        severity=event.severity,
        subject=event.subject,
        variant=one.variant,
        condition=event.reason,
        alert_id=outcome.alert_id if outcome else None,
        incident_id=outcome.incident_id if outcome else None,
    )


def _entry_without_events(parsed: ParsedMessage, now: datetime) -> LogUpdate:
    """It could not be read, no integration accepts it, or its list of events is empty."""
    status = Status.FAILED if parsed.failure else Status.IGNORED
    reason = parsed.failure or NO_EVENTS
    failures = _failures(parsed.message)
    values = {"status": status, "reason": reason, "attempts": failures, "processed_at": now}
    return LogUpdate(parsed.message, values)
