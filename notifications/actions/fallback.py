"""When an address does not work: the person's next contact method, at once."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q, QuerySet

from incidents.actions import timeline
from incidents.actions.timeline import entry
from incidents.choices import TimelineVerb
from notifications.actions.enqueue import enqueue
from notifications.actions.lanes import lane_of
from notifications.channels import all_channels
from notifications.models import ContactMethod, Notification
from notifications.page import PAGES, PICKUP_TIMEOUT
from opsportal.lib import advisory_locks
from opsportal.lib.advisory_locks import Space

State = Notification.State


def lock_person(user_id: int | None) -> None:
    """Until this transaction ends, no other way to the same person is given up: of two that fail
    at once, the second sees what has become of the first."""
    advisory_locks.lock(Space.PERSON_FALLBACK, user_id or 0)


def fall_back(rows: Sequence[Notification], now: datetime, *, by_other_lane: bool = False) -> None:
    """For each page that an address refuses, or delays, use another address of the person now.

    With ``by_other_lane`` only one that does not depend on the same provider. Where none is left
    after a refusal, the timeline says that the person cannot be reached.
    """
    for row in rows:
        if row.incident_id is None or row.event not in PAGES:
            continue
        avoided = lane_of(row) if by_other_lane else None
        is_helped = row.user_id is not None and (
            _advance_next(row, now, avoided) or _use_another(row, now, avoided)
        )
        if not is_helped:
            _record_unreachable(row)


def _siblings(row: Notification) -> QuerySet[Notification]:
    """What tells the same person of the same page, besides the line in the portal."""
    same = Notification.objects.filter(page_key=row.page_key, user=row.user_id)
    return same.exclude(pk=row.pk).exclude(channel="inapp")


def _advance_next(row: Notification, now: datetime, avoided: str | None) -> bool:
    """Whether another way is on its way already, or was only waiting for its minute."""
    siblings = _siblings(row)
    if avoided is not None:
        others = siblings.select_related("contact_method", "shared_channel")
        siblings = siblings.filter(pk__in=[one.pk for one in others if lane_of(one) != avoided])
    under_way = Q(state__in=[State.SENT, State.DELIVERED]) | Q(state=State.WAITING, due_at__lte=now)
    if siblings.filter(under_way).exists():
        return True
    # One that is locked is in somebody's hands at this moment; to wait for it here could be to
    # wait for each other.
    waiting = siblings.filter(state=State.WAITING)
    free = waiting.select_for_update(skip_locked=True, no_key=True)
    following = free.order_by("due_at").first()
    if following is None:
        return waiting.exists()
    following.due_at, following.next_attempt_at = now, now + PICKUP_TIMEOUT
    following.save(update_fields=["due_at", "next_attempt_at"])
    enqueue([following])
    return True


def _use_another(row: Notification, now: datetime, avoided: str | None) -> bool:
    """Whether the person has a usable method that this step has not tried."""
    tried = {row.contact_method_id, *_siblings(row).values_list("contact_method_id", flat=True)}
    known = {pk for pk in tried if pk}
    others = ContactMethod.objects.usable().filter(user=row.user_id).exclude(pk__in=known)
    channels = {key: channel for key, channel in all_channels().items() if channel.reaches}
    usable = others.filter(channel__in=channels)
    other = next((m for m in usable if channels[m.channel].lane(m.config) != avoided), None)
    if other is None:
        return False
    # Two addresses that fail at once may choose the same other one: it is told once.
    replacement, is_new = Notification.objects.get_or_create(
        page_key=row.page_key,
        address_key=f"method:{other.pk}:fallback",
        defaults={
            "incident_id": row.incident_id,
            "event": row.event,
            "user_id": row.user_id,
            "contact_method": other,
            "channel": other.channel,
            "address": other.address[:500],
            "reason": f"{row.reason}; {row.channel} did not work",
            "urgent": row.urgent,
            "facts": row.facts,
            "created_at": now,
            "due_at": now,
            "next_attempt_at": now + PICKUP_TIMEOUT,
        },
    )
    if is_new:
        enqueue([replacement])
    return True


def _record_unreachable(row: Notification) -> None:
    if row.state != State.FAILED or row.incident is None:
        return
    whom = row.user or row.shared_channel or "An address that is gone"
    text = f"{whom} could not be reached by {row.channel}: {row.error}"
    facts = {"notification": row.pk, "user": row.user_id, "page_key": row.page_key}
    timeline.record([entry(row.incident, TimelineVerb.UNREACHABLE, text, facts=facts)])
