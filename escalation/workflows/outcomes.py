"""Alerts that open and close, and notifications that are sent or fail, start workflows.

Where no workflow waits for them, nothing is asked of the database.
"""

from collections.abc import Iterable, Sequence

from django.db.models import Exists, OuterRef
from django.utils import timezone

from escalation.choices import Trigger
from escalation.models import WorkflowRun
from escalation.workflows.enabled import enabled_workflows, is_any_enabled
from escalation.workflows.starting import OWN_PAGES, Start, is_for, start
from escalation.workflows.subjects import ALERTS, of_alert, of_notification
from incidents.actions.alert_changes import on_alerts
from incidents.models import Alert
from notifications.actions.outcomes import on_outcome
from notifications.choices import NotificationEvent, NotificationState
from notifications.models import Notification

OUTCOMES = {NotificationState.SENT: Trigger.SENT, NotificationState.FAILED: Trigger.FAILED}


@on_alerts
def start_for_alerts(opened: Iterable[Alert], closed: Iterable[Alert]) -> None:
    """Start what waits for alerts to open, or to close."""
    if not is_any_enabled(ALERTS):
        return
    changed = [(Trigger.ALERT_OPENED, alert) for alert in opened]
    changed += [(Trigger.ALERT_CLOSED, alert) for alert in closed]
    workflows, now = enabled_workflows() if changed else [], timezone.now()
    found = [
        Start(workflow, alert.incident, alert=alert)
        for trigger, alert in changed
        for workflow in workflows
        if workflow.trigger == trigger and is_for(workflow, alert.incident, now, of_alert(alert))
    ]
    if found:
        start(found, now)


def hears_outcome(state: NotificationState) -> bool:
    """Whether a workflow waits for notifications of this state."""
    return is_any_enabled({OUTCOMES[state]})


@on_outcome(hears_outcome)
def start_for_outcomes(rows: Sequence[Notification], state: NotificationState) -> None:
    """Start what waits for notifications to be sent, or to fail."""
    told = Notification.objects.filter(pk__in=[row.pk for row in rows if _counts(row)])
    # What a slow worker records a second time starts nothing a second time.
    known = WorkflowRun.objects.filter(notification=OuterRef("pk"), entry=None)
    # The incident as it is now: what is being sent was read before.
    related = ("incident__service", "user", "shared_channel")
    new = list(told.exclude(Exists(known)).select_related(*related))
    workflows, now = enabled_workflows() if new else [], timezone.now()
    found = [
        Start(workflow, row.incident, notification=row)
        for row in new
        for workflow in workflows
        if row.incident
        and workflow.trigger == OUTCOMES[state]
        and is_for(workflow, row.incident, now, of_notification(row))
    ]
    if found:
        start(found, now)


def _counts(row: Notification) -> bool:
    """Whether it tells of an incident; what workflows send themselves starts none."""
    is_own = row.event == NotificationEvent.WORKFLOW or row.page_key.startswith(OWN_PAGES)
    return row.incident_id is not None and not is_own
