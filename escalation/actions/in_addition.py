"""Pages beside those of the policy: whom an expired acknowledgement or a snooze concerns."""

from datetime import datetime
from typing import Any

from django.db.models import Q

from incidents.choices import Urgency
from incidents.models import Incident, User
from notifications.actions import page
from notifications.models import CatchAll, Notification
from notifications.page import Page


def catch_all_ids() -> tuple[list[int], list[int]]:
    """The ids of the people and of the shared channels of the catch-all."""
    row = CatchAll.objects.prefetch_related("users", "channels").first()
    if row is None:
        return [], []
    return [user.pk for user in row.users.all()], [one.pk for one in row.channels.all()]


def last_actor(incident: Incident, wanted: Q) -> User | None:
    """The person who did one of these to the incident last; ``wanted`` says which lines."""
    lines = incident.timeline.filter(wanted).select_related("by")
    line = lines.order_by("-pk").first()
    return line.by if line else None


def page_in_addition(incident: Incident, user: User | None, reason: str, *, now: datetime) -> None:
    """Page this person in the present round too, unless a step has done so already."""
    if user is None:
        return
    pages = Notification.objects.filter(incident=incident, user=user)
    if pages.filter(facts__paging_round=incident.paging_round).exists():
        return
    page.page([_page(incident, f"again:{incident.pk}", reason, user_id=user.pk)], now=now)


def page_catch_all(incident: Incident, cause: str, reason: str, *, now: datetime) -> None:
    """Tell the catch-all of an incident that somebody has; once for a cause and round.

    That somebody has it does not supersede it.
    """
    users, channels = catch_all_ids()
    whom = [{"user_id": user} for user in users]
    whom += [{"shared_channel_id": channel} for channel in channels]
    pages = [_page(incident, cause, reason, is_announcement=True, **one) for one in whom]
    if pages:
        page.page(pages, now=now)


def _page(incident: Incident, cause: str, reason: str, **fields: Any) -> Page:
    return Page(
        incident_id=incident.pk,
        page_key=f"{cause}:{incident.paging_round}",
        reason=reason,
        urgent=incident.urgency == Urgency.HIGH,
        paging_round=incident.paging_round,
        **fields,
    )
