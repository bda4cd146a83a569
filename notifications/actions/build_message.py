"""Builds the message of a notification from its rows, at the moment of sending."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse

from incidents.models import Incident, User
from incidents.models.people import has_responding_role, is_informed_only
from notifications import action_links
from notifications.choices import NotificationEvent
from notifications.message.message import ASKING, Action, IncidentSummary, Message, compose
from notifications.models import Notification
from opsportal.lib.encryption import decrypt


def summary_of(incident: Incident, row: Notification, *, may_act: bool) -> IncidentSummary:
    """The summary of its incident that a notification holds; its reader acts where they may."""
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
        actions=_actions(incident, row) if may_act else (),
        is_test=incident.is_test,
    )


def _actions(incident: Incident, row: Notification) -> tuple[Action, ...]:
    """What its reader may do without a login."""
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


def _acting(rows: Sequence[Notification]) -> set[int]:
    """The ids of those rows, all for one reader, that ask a person who may act.

    None for who is a Stakeholder by now; and for who has lost the role that responds, none that
    they were sent as long as they had it.
    """
    reader = rows[0].user_id
    if reader is None or rows[0].event not in ASKING:
        return set()
    rights = User.objects.filter(pk=reader).values_list(has_responding_role(), is_informed_only())
    responds, is_stakeholder = rights.first() or (False, True)
    if is_stakeholder:
        return set()
    return {row.pk for row in rows if responds or not row.facts.get("had_role")}


def _url(rows: Sequence[Notification]) -> str:
    """Where one incident, several, or none can be seen."""
    if not rows[0].incident_id:
        return str(settings.SITE_URL)
    return f"{settings.SITE_URL}{reverse('incidents')}" if len(rows) > 1 else ""


def build_message(rows: Sequence[Notification], *, now: datetime, may_repeat: bool) -> Message:
    """One message for several notifications to one address; the first names the delivery."""
    first = rows[0]
    due_at = min(row.due_at for row in rows)
    acting = _acting(rows)
    draft = Message(
        event=NotificationEvent(first.event),
        recipient=str(first.user or first.shared_channel or ""),
        delivery_id=str(first.delivery_id),
        sent_at=now,
        incidents=tuple(
            summary_of(row.incident, row, may_act=row.pk in acting) for row in rows if row.incident
        ),
        url=_url(rows),
        may_repeat=may_repeat,
        delayed_by_s=max(0, int((now - due_at).total_seconds())),
        code=decrypt(first.facts["code"]) if first.facts.get("code") else "",
        reason=first.reason,
    )
    zone = first.user.zone if first.user else ZoneInfo("UTC")
    return compose(draft, zone=zone)
