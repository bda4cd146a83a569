"""Telling of what has happened: the timeline is the outbox."""

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from incidents.actions import timeline
from incidents.choices import TimelineVerb, Urgency
from incidents.models import TimelineEntry
from notifications.actions import (
    message_updates,
    outbound_events,
    sla_recipients,
    watchers,
    withdraw,
)
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
    TimelineVerb.SLA_WARNING: "on_sla_warning",
    TimelineVerb.MERGED: "on_resolved",
    TimelineVerb.SLA_BREACHED: "on_sla_breach",
}
EVENTS = {
    TimelineVerb.OPENED: NotificationEvent.TRIGGERED,
    TimelineVerb.NOTIFICATIONS_RESUMED: NotificationEvent.TRIGGERED,
    TimelineVerb.REOPENED: NotificationEvent.REOPENED,
    TimelineVerb.ACKNOWLEDGED: NotificationEvent.ACKNOWLEDGED,
    TimelineVerb.RESOLVED: NotificationEvent.RESOLVED,
    TimelineVerb.SLA_WARNING: NotificationEvent.SLA_WARNING,
    TimelineVerb.MERGED: NotificationEvent.MERGED,
    TimelineVerb.SLA_BREACHED: NotificationEvent.SLA_BREACHED,
}


# The lines that are looked at.
HEARD = (*SWITCHES, *timeline.FOLLOWED, *timeline.SHOWN)
# Before these no message about it was sent.
BEGINNINGS = (TimelineVerb.OPENED, TimelineVerb.NOTIFICATIONS_RESUMED)
# What ends an incident, which whoever was paged hears of.
ENDS = (TimelineVerb.RESOLVED, TimelineVerb.MERGED)
QUIETENS = (TimelineVerb.ACKNOWLEDGED, *ENDS)
# So long a page is taken to be on the screen of the device that has shown it.
ON_SCREEN = timedelta(hours=1)


@transaction.atomic
def notify_status_updates(limit: int = 200) -> int:
    """Tell shared channels and people of what was not announced yet; returns how much that was.

    Any number of callers may run at once: each line is taken by one of them.
    """
    lines = list(
        TimelineEntry.objects.select_for_update(skip_locked=True, of=("self",), no_key=True)
        .filter(is_announced=False, verb__in=HEARD)
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
    outbound_events.tell(lines)
    changed = {line.incident_id for line in lines if line.verb not in BEGINNINGS}
    lines = [line for line in lines if line.verb not in timeline.SHOWN]
    pages = [*_to_channels(lines), *sla_recipients.pages_of(lines, EVENTS)]
    told = {(one.page_key, one.user_id) for one in pages}
    watching = watchers.pages_of(lines, EVENTS)
    pages += [one for one in watching if (one.page_key, one.user_id) not in told]
    page(pages, now=timezone.now())
    if quiet := {line.incident_id for line in lines if line.verb in QUIETENS}:
        withdraw.ask_for_withdrawal(quiet, timezone.now())
    if ended := [line for line in lines if line.verb in ENDS]:
        _notify_paged(ended, _told(ended))
    if taken := [line for line in lines if line.verb == TimelineVerb.ACKNOWLEDGED]:
        _notify_paged(taken, _on_screen(taken))
    message_updates.request(changed)


def _to_channels(lines: list[TimelineEntry]) -> Iterable[Page]:
    services = {line.incident.service_id for line in lines}
    notices = ServiceNotificationSettings.objects.filter(service__in=services).prefetch_related(
        "channels"
    )
    wanted: dict[int, list[tuple[ServiceNotificationSettings, SharedChannel]]] = defaultdict(list)
    for notice in notices:
        for channel in notice.channels.exclude(channel__in=ONLY_WHEN_URGENT):
            wanted[notice.service_id].append((notice, channel))
    if without := services - wanted.keys():
        wanted |= _by_default(without, notices)
    for line in lines:
        if line.incident.test_recipient_id:  # A test for one person alone.
            continue
        for notice, channel in wanted[line.incident.service_id]:
            switch = SWITCHES.get(TimelineVerb(line.verb))
            if switch and getattr(notice, switch):
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


def _by_default(
    services: Collection[int], notices: Iterable[ServiceNotificationSettings]
) -> dict[int, list[tuple[ServiceNotificationSettings, SharedChannel]]]:
    """The default channels for services that have chosen none, with the switches that they have."""
    known = {notice.service_id: notice for notice in notices}
    usual = ServiceNotificationSettings()
    usable = SharedChannel.objects.filter(is_default=True, is_enabled=True)
    channels = list(usable.exclude(channel__in=ONLY_WHEN_URGENT))
    return {pk: [(known.get(pk, usual), channel) for channel in channels] for pk in services}


def _told(lines: Sequence[TimelineEntry]) -> QuerySet[Notification]:
    """What has reached people of the incidents of these lines."""
    return Notification.objects.filter(
        incident__in={line.incident_id for line in lines},
        event__in=PAGES,
        state__in=[Notification.State.SENT, Notification.State.DELIVERED],
        contact_method__isnull=False,
        contact_method__is_enabled=True,
        user__is_active=True,
    ).exclude(channel__in=ONLY_WHEN_URGENT)


def _on_screen(lines: Sequence[TimelineEntry]) -> QuerySet[Notification]:
    """What a device shows still, where the news takes its place."""
    replaced = [key for key, channel in all_channels().items() if channel.replaces]
    return _told(lines).filter(
        channel__in=replaced,
        state=Notification.State.DELIVERED,
        done_at__gt=timezone.now() - ON_SCREEN,
    )


def _notify_paged(lines: Sequence[TimelineEntry], told: QuerySet[Notification]) -> None:
    """Tell whoever was paged that it is over, or that somebody has it, by the same routes that
    wake nobody.

    Not of their own action; and who was not woken by it is not woken now in their quiet hours.
    """
    by_incident = {line.incident_id: line for line in lines}
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
            event=EVENTS[TimelineVerb(line.verb)],
            user_id=earlier.user_id,
            contact_method_id=earlier.contact_method_id,
            channel=earlier.channel,
            address=earlier.address,
            reason="you were told when it began",
            page_key=f"{line.verb}:{line.pk}",
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
