"""Telling of what has happened: the timeline is the outbox."""

import logging
from collections import defaultdict
from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from incidents.actions import timeline
from incidents.choices import TimelineVerb, Urgency
from incidents.models import TimelineEntry
from notifications.actions.enqueue import enqueue
from notifications.actions.page import page
from notifications.channels import all_channels
from notifications.choices import NotificationEvent
from notifications.models import Notification, ServiceNotificationSettings, SharedChannel
from notifications.page import ONLY_WHEN_URGENT, PAGES, PICKUP_TIMEOUT, Page, quiet_until
from opsportal.lib.bulk_write import insert_all

logger = logging.getLogger(__name__)

# The switch of a service that decides, and the event that its shared channels hear of.
SWITCHES = {
    TimelineVerb.OPENED: "on_triggered",
    TimelineVerb.NOTIFICATIONS_RESUMED: "on_triggered",
    TimelineVerb.REOPENED: "on_triggered",
    TimelineVerb.ACKNOWLEDGED: "on_acknowledged",
    TimelineVerb.RESOLVED: "on_resolved",
    TimelineVerb.SLA_BREACHED: "on_sla_breach",
}
EVENTS = {
    TimelineVerb.OPENED: NotificationEvent.TRIGGERED,
    TimelineVerb.NOTIFICATIONS_RESUMED: NotificationEvent.TRIGGERED,
    TimelineVerb.REOPENED: NotificationEvent.REOPENED,
    TimelineVerb.ACKNOWLEDGED: NotificationEvent.ACKNOWLEDGED,
    TimelineVerb.RESOLVED: NotificationEvent.RESOLVED,
    TimelineVerb.SLA_BREACHED: NotificationEvent.SLA_BREACHED,
}


@transaction.atomic
def notify_status_updates(limit: int = 200) -> int:
    """Tell shared channels and people of what was not announced yet; returns how much that was.

    Any number of callers may run at once: each line is taken by one of them.
    """
    lines = list(
        TimelineEntry.objects.select_for_update(skip_locked=True, of=("self",), no_key=True)
        .filter(is_announced=False, verb__in=SWITCHES)
        .select_related("incident")
        .order_by("pk")[:limit]
    )
    try:
        with transaction.atomic():
            _notify(lines)
    except Exception:
        logger.exception("A batch of %s lines could not be announced; one by one now", len(lines))
        for line in lines:
            _notify_one(line)
    timeline.mark_announced(line.pk for line in lines)
    return len(lines)


def _notify_one(line: TimelineEntry) -> None:
    """One line that cannot be told must not silence the others; what was lost is in the log."""
    try:
        with transaction.atomic():
            _notify([line])
    except Exception:
        logger.exception("Line %s of the timeline is told to nobody", line.pk)


def _notify(lines: list[TimelineEntry]) -> None:
    page(list(_to_channels(lines)), now=timezone.now())
    if resolved := [line for line in lines if line.verb == TimelineVerb.RESOLVED]:
        _notify_paged(resolved)


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
        if line.incident.test_recipient_id:  # A test for one person alone.
            continue
        for notice, channel in wanted[line.incident.service_id]:
            if getattr(notice, SWITCHES[TimelineVerb(line.verb)]):
                yield Page(
                    incident_id=line.incident_id,
                    page_key=f"update:{line.pk}",
                    reason=f"the service tells {channel} when an incident is {line.verb}",
                    urgent=line.incident.urgency == Urgency.HIGH,
                    paging_round=line.incident.paging_round,
                    shared_channel_id=channel.pk,
                    event=EVENTS[TimelineVerb(line.verb)],
                    is_announcement=True,
                )


def _notify_paged(lines: list[TimelineEntry]) -> None:
    """Tell whoever was paged that it is over, by the same routes that wake nobody.

    Not of their own action; and who was not woken by it is not woken now in their quiet hours.
    """
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
    rows: dict[tuple[int, int | None], Notification] = {}
    for earlier in told.select_related("contact_method__user").order_by("pk"):
        line = by_incident[earlier.incident_id or 0]
        channel = all_channels().get(earlier.channel)
        if earlier.user_id == line.by_id or channel is None or not channel.reaches:
            continue
        quiet = None if earlier.urgent else quiet_until(earlier.contact_method, now)
        rows[line.pk, earlier.contact_method_id] = Notification(
            incident_id=earlier.incident_id,
            event=NotificationEvent.RESOLVED,
            user_id=earlier.user_id,
            contact_method_id=earlier.contact_method_id,
            channel=earlier.channel,
            address=earlier.address,
            reason="you were told when it began",
            page_key=f"resolved:{line.pk}",
            address_key=f"method:{earlier.contact_method_id}",
            urgent=False,
            is_announcement=True,
            created_at=now,
            due_at=quiet or now,
            next_attempt_at=quiet or now + PICKUP_TIMEOUT,
        )
    written = list(rows.values())
    insert_all(written)
    enqueue([row for row in written if row.due_at == now])
