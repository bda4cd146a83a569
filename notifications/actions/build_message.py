"""Builds the message of a notification from its rows, at the moment of sending."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse

from incidents.models import Incident
from notifications import action_links
from notifications.choices import NotificationEvent
from notifications.message.message import ASKING, Action, IncidentSummary, Message, compose
from notifications.models import Notification
from opsportal.lib.encryption import decrypt


def summary_of(incident: Incident, row: Notification) -> IncidentSummary:
    """The summary of its incident that a notification holds."""
    return IncidentSummary(
        number=incident.pk,
        title=incident.title,
        status=incident.status,
        urgency=incident.urgency,
        severity=incident.severity,
        priority=incident.priority,
        url=f"{settings.SITE_URL}{incident.get_absolute_url()}",
        opened_at=incident.opened_at,
        service_id=incident.service_id,
        service=incident.service.name,
        assignee_id=incident.assignee_id,
        assignee=str(incident.assignee or ""),
        summary=incident.description,
        actions=_actions(incident, row),
    )


def _actions(incident: Incident, row: Notification) -> tuple[Action, ...]:
    """What its reader may do without a login: a person, while the incident is not over."""
    if row.user_id is None or row.event not in ASKING:
        return ()
    made = [
        Action(
            verb,
            verb.capitalize(),
            action_links.action_url(
                incident.pk, row.user_id, verb, delivery_id=str(row.delivery_id)
            ),
        )
        for verb in ("acknowledge", "resolve")
    ]
    return tuple(made)


def _url(rows: Sequence[Notification]) -> str:
    """Where one incident, several, or none can be seen."""
    if not rows[0].incident_id:
        return str(settings.SITE_URL)
    return f"{settings.SITE_URL}{reverse('incidents')}" if len(rows) > 1 else ""


def build_message(rows: Sequence[Notification], *, now: datetime, may_repeat: bool) -> Message:
    """One message for several notifications to one address; the first names the delivery."""
    first = rows[0]
    due_at = min(row.due_at for row in rows)
    draft = Message(
        event=NotificationEvent(first.event),
        recipient=str(first.user or first.shared_channel or ""),
        delivery_id=str(first.delivery_id),
        sent_at=now,
        incidents=tuple(summary_of(row.incident, row) for row in rows if row.incident),
        url=_url(rows),
        may_repeat=may_repeat,
        delayed_by_s=max(0, int((now - due_at).total_seconds())),
        code=decrypt(first.facts["code"]) if first.facts.get("code") else "",
        reason=first.reason,
    )
    zone = first.user.zone if first.user else ZoneInfo("UTC")
    return compose(draft, zone=zone)
