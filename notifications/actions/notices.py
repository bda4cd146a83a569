"""People are told of what is no incident: by a line in the portal, or by their own rules."""

from collections.abc import Iterable
from datetime import datetime

from incidents.models import User
from notifications.actions.page import page
from notifications.choices import NotificationEvent
from notifications.models import Notification
from notifications.page import Notice, Page


def notify(
    people: Iterable[int],
    notice: Notice,
    *,
    key: str,
    now: datetime,
    urgent: bool = False,
    channels: tuple[tuple[str, int], ...] = (),
) -> None:
    """Tell each of these people (ids) once, by their rules for low urgency, or for high; by
    ``channels`` (channel, after minutes) where they have one of those.

    ``key`` (at most 80 characters) is of the occasion, and used once for each person. Whoever is
    switched off, or is a Stakeholder, is told nothing. Runs in the caller's transaction.
    """
    page(
        [
            Page(
                incident_id=None,
                page_key=key,
                reason="",
                urgent=urgent,
                user_id=person,
                event=NotificationEvent.NOTICE,
                channels=channels,
                is_announcement=True,
                notice=notice,
            )
            for person in dict.fromkeys(people)
        ],
        now=now,
    )


def notify_channel(channel: int, notice: Notice, *, key: str, now: datetime) -> None:
    """Tell a shared channel (id) once for each ``key``, unless it is switched off. Runs in the
    caller's transaction."""
    wanted = Page(
        incident_id=None,
        page_key=key,
        reason="",
        urgent=False,
        shared_channel_id=channel,
        event=NotificationEvent.NOTICE,
        is_announcement=True,
        notice=notice,
    )
    page([wanted], now=now)


def add_notices(user_ids: Iterable[int], page_key: str, text: str, at: datetime) -> None:
    """A line for each of these people under the bell. ``{at}`` in the text becomes the time as
    the clock of the reader shows it."""
    people = User.objects.active().filter(pk__in=list(user_ids))
    Notification.objects.bulk_create(
        Notification(
            user=person,
            event=NotificationEvent.TEST,
            channel="inapp",
            page_key=page_key,
            address_key=f"user:{person.pk}",
            reason=text.replace("{at}", f"{at.astimezone(person.zone):%a %-d %b %H:%M}"),
            urgent=False,
            is_announcement=True,
            state=Notification.State.SENT,
        )
        for person in people
    )
