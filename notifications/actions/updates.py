"""Telling of what has happened: the timeline is the outbox."""

import logging
from collections import defaultdict
from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from incidents.actions import timeline
from incidents.models import TimelineEntry
from notifications.actions.enqueue import enqueue
from notifications.actions.page import page
from notifications.channels import all_channels
from notifications.models import Notification, ServiceNotificationSettings, SharedChannel
from notifications.page import HANDOVER, ONLY_WHEN_URGENT, PAGES, Page, quiet_until

logger = logging.getLogger(__name__)

SWITCH = {
    "opened": "on_triggered",
    "notifications_resumed": "on_triggered",
    "reopened": "on_triggered",
    "acknowledged": "on_acknowledged",
    "resolved": "on_resolved",
    "sla_breached": "on_sla_breach",
}
EVENT = {
    "opened": "incident.triggered",
    "notifications_resumed": "incident.triggered",
    "reopened": "incident.reopened",
    "acknowledged": "incident.acknowledged",
    "resolved": "incident.resolved",
    "sla_breached": "incident.sla_breached",
}


@transaction.atomic
def announce(limit: int = 200) -> int:
    """Tell shared channels and people of what was not announced yet; returns how much that was.

    Any number of callers may run at once: each line is taken by one of them.
    """
    lines = list(
        TimelineEntry.objects.select_for_update(skip_locked=True, of=("self",), no_key=True)
        .filter(is_announced=False, verb__in=SWITCH)
        .select_related("incident")
        .order_by("pk")[:limit]
    )
    try:
        with transaction.atomic():
            _tell(lines)
    except Exception:
        logger.exception("A batch of %s lines could not be announced; one by one now", len(lines))
        for line in lines:
            _tell_alone(line)
    timeline.mark_announced(line.pk for line in lines)
    return len(lines)


def _tell_alone(line: TimelineEntry) -> None:
    """One line that cannot be told must not silence the others; what was lost is in the log."""
    try:
        with transaction.atomic():
            _tell([line])
    except Exception:
        logger.exception("Line %s of the timeline is told to nobody", line.pk)


def _tell(lines: list[TimelineEntry]) -> None:
    page(list(_to_channels(lines)), now=timezone.now())
    if resolved := [line for line in lines if line.verb == "resolved"]:
        _tell_the_paged(resolved)


def _to_channels(lines: list[TimelineEntry]) -> Iterable[Page]:
    services = {line.incident.service_id for line in lines}
    notices = ServiceNotificationSettings.objects.filter(service__in=services).prefetch_related(
        "channels"
    )
    wanted: dict[int, list[tuple[ServiceNotificationSettings, SharedChannel]]] = defaultdict(list)
    for notice in notices:
        for channel in notice.channels.all():
            wanted[notice.service_id].append((notice, channel))
    for line in lines:
        for notice, channel in wanted[line.incident.service_id]:
            if getattr(notice, SWITCH[line.verb]):
                yield Page(
                    incident_id=line.incident_id,
                    intent=f"notice:{line.pk}",
                    reason=f"the service tells {channel} when an incident is {line.verb}",
                    urgent=line.incident.urgency == "high",
                    paging_round=line.incident.paging_round,
                    shared_channel_id=channel.pk,
                    event=EVENT[line.verb],
                )


def _tell_the_paged(lines: list[TimelineEntry]) -> None:
    """Whoever was told hears that it is over, by the same ways that wake nobody; not of their own
    deed, and what has not woken them is no reason to do so in their quiet hours."""
    by_incident = {line.incident_id: line for line in lines}
    told = Notification.objects.filter(
        incident__in=by_incident,
        event__in=PAGES,
        state__in=[Notification.State.SENT, Notification.State.DELIVERED],
        contact_method__isnull=False,
        contact_method__is_enabled=True,
        user__is_active=True,
    ).exclude(channel__in=ONLY_WHEN_URGENT)
    now = timezone.now()
    rows: dict[str, Notification] = {}
    for earlier in told.select_related("contact_method__user").order_by("pk"):
        line = by_incident[earlier.incident_id or 0]
        channel = all_channels().get(earlier.channel)
        if earlier.user_id == line.by_id or channel is None or not channel.reaches:
            continue
        intent = f"over:{line.pk}:m{earlier.contact_method_id}"
        quiet = None if earlier.urgent else quiet_until(earlier.contact_method, now)
        rows[intent] = Notification(
            incident_id=earlier.incident_id,
            event="incident.resolved",
            user_id=earlier.user_id,
            contact_method_id=earlier.contact_method_id,
            channel=earlier.channel,
            address=earlier.address,
            reason="you were told when it began",
            intent=intent,
            urgent=False,
            created_at=now,
            due_at=quiet or now,
            next_attempt_at=quiet or now + HANDOVER,
        )
    written = Notification.objects.bulk_create(rows.values())
    enqueue([row for row in written if row.due_at == now])
