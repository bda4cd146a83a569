"""When an address does not work: the person's next contact method, at once."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q, QuerySet

from incidents.actions import timeline
from incidents.actions.timeline import entry
from incidents.choices import TimelineVerb
from notifications.actions.enqueue import enqueue
from notifications.actions.routes import lane_of, lane_of_place
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
        if not _is_told_otherwise(row, now, avoided):
            _record_unreachable(row)


def _is_told_otherwise(row: Notification, now: datetime, avoided: str | None) -> bool:
    """By the person's next way; of a team by its next contact method."""
    if row.user_id is not None:
        return _is_helped(row, now, avoided)
    is_of_team = "team_contact" in row.facts
    return is_of_team and _advance_next(siblings_of(row).filter(facts__has_key="team_contact"), now)


def _is_helped(row: Notification, now: datetime, avoided: str | None) -> bool:
    """By another address; where there is none, by the same, if rules use it again later."""
    siblings = siblings_of(row)
    if avoided is not None:
        found = siblings.select_related("contact_method", "shared_channel")
        siblings = siblings.filter(pk__in=[one.pk for one in found if lane_of(one) != avoided])
    others = siblings.exclude(contact_method=row.contact_method_id)
    return (
        _advance_next(others, now)
        or _use_another(row, now, avoided)
        or _advance_next(siblings, now)
    )


def siblings_of(row: Notification) -> QuerySet[Notification]:
    """What tells the same person of the same page, besides the line in the portal."""
    same = Notification.objects.filter(page_key=row.page_key, user=row.user_id)
    return same.exclude(pk=row.pk).exclude(channel="inapp")


def _advance_next(siblings: QuerySet[Notification], now: datetime) -> bool:
    """Whether another way is on its way already, or was only waiting for its minute."""
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
    usable = unused_methods(row)
    other = next((m for m in usable if lane_of_place(m) != avoided), None)
    if other is None:
        return False
    use_method(row, other, now, f"{row.channel} did not work")
    return True


def unused_methods(row: Notification) -> list[ContactMethod]:
    """Those of the person that can be used, and that this page has not been sent to."""
    sent = siblings_of(row).exclude(state=State.SUPERSEDED)
    tried = {row.contact_method_id, *sent.values_list("contact_method_id", flat=True)}
    others = ContactMethod.objects.usable().filter(user=row.user_id)
    channels = [key for key, channel in all_channels().items() if channel.reaches]
    usable = others.exclude(pk__in={pk for pk in tried if pk}).filter(channel__in=channels)
    return list(usable.select_related("user"))


def use_method(row: Notification, other: ContactMethod, now: datetime, why: str) -> None:
    """Tell the person of this page by another method now; twice is as once."""
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
            "reason": f"{row.reason}; {why}",
            "urgent": row.urgent,
            "facts": row.facts,
            "created_at": now,
            "due_at": now,
            "next_attempt_at": now + PICKUP_TIMEOUT,
        },
    )
    if is_new:
        enqueue([replacement])


def _record_unreachable(row: Notification) -> None:
    if row.state != State.FAILED or row.incident is None:
        return
    whom = row.user or row.shared_channel or "An address that is gone"
    text = f"{whom} could not be reached by {row.channel}: {row.error}"
    facts = {"notification": row.pk, "user": row.user_id, "page_key": row.page_key}
    timeline.record([entry(row.incident, TimelineVerb.UNREACHABLE, text, facts=facts)])
