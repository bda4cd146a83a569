"""What a workflow looks at beside its incident: an alert, a message, or a notification."""

from collections.abc import Iterable, Mapping

from escalation.choices import KINDS, ConditionField, Trigger, WorkflowKind
from escalation.models import WorkflowRun
from incidents.models import Alert, TimelineEntry
from notifications.models import Notification

# The words that conditions and texts name, with their values.
Subject = Mapping[str, str]
NOTHING: Subject = {}

ALERTS, MESSAGES = KINDS[WorkflowKind.ALERT], KINDS[WorkflowKind.MESSAGE]
# Those of the kind that bring one notification.
NOTIFICATIONS = (Trigger.SENT, Trigger.FAILED, Trigger.UNREACHABLE)

Field = ConditionField
# What can be asked only of what a trigger brings.
FIELD_TRIGGERS: dict[str, tuple[Trigger, ...]] = {
    **dict.fromkeys(
        (Field.ALERT, Field.ALERT_SEVERITY, Field.ALERT_SOURCE, Field.ALERT_STATUS), ALERTS
    ),
    **dict.fromkeys((Field.MESSAGE, Field.AUTHOR), MESSAGES),
    **dict.fromkeys((Field.CHANNEL, Field.RECIPIENT, Field.ERROR), NOTIFICATIONS),
}


def triggers_by_kind() -> list[tuple[str, list[tuple[str, str]]]]:
    """The choices of triggers in groups, as a list of a form takes them."""
    return [
        (kind.label, [choice for choice in Trigger.choices if Trigger(choice[0]).kind == kind])
        for kind in WorkflowKind
    ]


def field_problem(trigger: str, fields: Iterable[str]) -> str:
    """Why such a workflow cannot have conditions on these fields; "" where it can."""
    for field in fields:
        if trigger not in FIELD_TRIGGERS.get(field, (trigger,)):
            starts = " or ".join(f"“{one.label}”" for one in FIELD_TRIGGERS[field])
            return f"{Field(field).label}: only for what starts when {starts}."
    return ""


def subject_of(run: WorkflowRun) -> Subject:
    """What this run is about."""
    if run.alert:
        return of_alert(run.alert)
    if run.notification:
        return of_notification(run.notification)
    is_message = run.entry is not None and run.workflow.trigger in MESSAGES
    return of_message(run.entry) if run.entry and is_message else NOTHING


def of_alert(alert: Alert) -> Subject:
    """What conditions and texts of workflows may ask of an alert."""
    return {
        Field.ALERT: alert.title,
        Field.ALERT_SEVERITY: alert.severity,
        Field.ALERT_SOURCE: alert.source,
        Field.ALERT_STATUS: alert.source_status,
        "alert_id": alert.source_id or alert.dedup_key,
    }


def of_message(line: TimelineEntry) -> Subject:
    """The same of a comment or an update; whoever wrote it, or what it came by."""
    return {Field.MESSAGE: line.text, Field.AUTHOR: str(line.by or line.via)}


def of_notification(row: Notification) -> Subject:
    """The same of a notification; ``error`` is empty where it was delivered."""
    return {
        Field.CHANNEL: row.channel,
        Field.RECIPIENT: str(row.user or row.shared_channel or ""),
        Field.ERROR: row.error,
    }
