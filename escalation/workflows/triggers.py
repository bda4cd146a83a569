"""Lines of a timeline start workflows: in the transaction of the change, once for each line."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from django.utils import timezone

from escalation.choices import Trigger
from escalation.models import Workflow
from escalation.workflows.enabled import enabled_workflows
from escalation.workflows.starting import Start, is_for, start, via_of
from escalation.workflows.subjects import MESSAGES, NOTHING, Subject, of_message, of_notification
from escalation.workflows.timers import move_timers
from incidents.actions.timeline import on_record
from incidents.choices import TimelineVerb
from incidents.models import TimelineEntry
from notifications.models import Notification

Verb = TimelineVerb
STATUS_CHANGES = {
    Verb.ACKNOWLEDGED,
    Verb.ASSIGNED,
    Verb.SNOOZED,
    Verb.SNOOZE_EXPIRED,
    Verb.ACKNOWLEDGEMENT_EXPIRED,
    Verb.RE_TRIGGERED,
    Verb.RESOLVED,
    Verb.REOPENED,
}
STEPS = {Verb.PAGED, Verb.NO_RECIPIENT}
VERBS: dict[Trigger, set[TimelineVerb]] = {
    Trigger.OPENED: {Verb.OPENED, Verb.REOPENED},
    Trigger.STATUS: STATUS_CHANGES,
    Trigger.OWNER: {Verb.ASSIGNED, Verb.ACKNOWLEDGED},
    Trigger.SEVERITY: {Verb.SEVERITY_ESCALATED},
    Trigger.URGENCY: {Verb.URGENCY_CHANGED},
    Trigger.TOPIC: {Verb.TOPIC_ADDED},
    Trigger.NOTE: {Verb.COMMENTED},
    Trigger.MESSAGE: {Verb.COMMENTED, Verb.UPDATED},
    Trigger.ALERT: {Verb.ALERT_ADDED},
    Trigger.PAGED: {Verb.PAGED},
    Trigger.UNREACHABLE: {Verb.UNREACHABLE},
    Trigger.SLA_WARNING: {Verb.SLA_WARNING},
    Trigger.SLA_MISSED: {Verb.SLA_BREACHED},
}
# An edit says which fields it has changed.
EDITED = {Trigger.SEVERITY: "severity", Trigger.URGENCY: "urgency", Trigger.PRIORITY: "priority"}


@on_record
def start_workflows(lines: Sequence[TimelineEntry]) -> None:
    """Start what these new lines start, and move what waits for a time."""
    workflows = enabled_workflows()
    if not workflows:
        return
    now = timezone.now()
    move_timers(workflows, {line.incident_id: line.incident for line in lines}.values())
    if found := [one for line in lines for one in _started(line, workflows, now)]:
        start(found, now)


def _started(line: TimelineEntry, workflows: Sequence[Workflow], now: datetime) -> Iterator[Start]:
    waiting = [one for one in workflows if line.via != via_of(one.pk) and _starts(one, line)]
    if not waiting:
        return
    notification = _notification_of(line)
    subject = of_notification(notification) if notification else _message(line)
    for workflow in waiting:
        if is_for(workflow, line.incident, now, subject):
            yield Start(workflow, line.incident, entry=line, notification=notification)


def _starts(workflow: Workflow, line: TimelineEntry) -> bool:
    trigger = Trigger(workflow.trigger)
    if line.verb == Verb.EDITED:
        return EDITED.get(trigger, "") in line.facts.get("changes", {})
    if trigger == Trigger.COMPLETE:
        return line.verb in STEPS and "is_catch_all" in line.facts
    return line.verb in VERBS.get(trigger, ())


def _message(line: TimelineEntry) -> Subject:
    is_message = any(line.verb in VERBS[trigger] for trigger in MESSAGES)
    return of_message(line) if is_message else NOTHING


def _notification_of(line: TimelineEntry) -> Notification | None:
    """The one that could not be delivered, where the line says so."""
    if line.verb not in VERBS[Trigger.UNREACHABLE]:
        return None
    rows = Notification.objects.select_related("user", "shared_channel")
    return rows.filter(pk=line.facts.get("notification")).first()
