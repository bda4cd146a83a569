"""Whom to tell, before it is known by which addresses."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from incidents.choices import Urgency
from notifications.choices import NotificationEvent

# Followers of a page on a channel for people wait so long, and go out as one message.
MERGE_WINDOW = timedelta(seconds=1)
# How long a worker may take to begin with what was handed to it, and to finish what it began.
PICKUP_TIMEOUT = timedelta(seconds=20)
LEASE = timedelta(seconds=45)
LEASE_MARGIN = timedelta(seconds=15)  # beyond what a send may take, to record what came of it
MAX_ATTEMPTS = 6
# What fails by a provider's fault is tried again at least so often, for a day.
EXCUSED_BACK_OFF = timedelta(seconds=60)
GIVE_UP_AFTER = timedelta(hours=24)

# What asks somebody to act, as long as nobody has it.
PAGES = (NotificationEvent.TRIGGERED, NotificationEvent.REOPENED)

# Without rules of their own, people are told at once by what they have, in this order.
DEFAULT_ORDER = ("push", "slack", "sms", "email")
ONLY_WHEN_URGENT = {"sms", "voice"}


@dataclass(frozen=True, slots=True)
class Page:
    """One person or shared channel to be told of one incident."""

    incident_id: int
    page_key: str  # what caused it, such as run:12:0:1:0; unique together with the address
    reason: str
    urgent: bool
    paging_round: int = 1
    user_id: int | None = None
    shared_channel_id: int | None = None
    event: NotificationEvent = NotificationEvent.TRIGGERED
    channels: tuple[tuple[str, int], ...] = ()  # (channel, after minutes) in place of own rules
    despite_acknowledgement: bool = False
    is_announcement: bool = False  # of what has happened; nobody is asked to act


@dataclass(frozen=True, slots=True)
class DeliveryRoute:
    """One contact method and when it is used."""

    method_id: int
    channel: str
    after: timedelta = field(default=timedelta())


def resolve_addresses(
    page: Page, methods: Sequence[Any], rules: Sequence[Any]
) -> list[DeliveryRoute]:
    """By which of a person's usable contact methods a page goes out, and when.

    The channels of the step decide, else the person's own rules, else the default order. Rules
    that name no usable method are as none at all: a person with a verified address is always
    told.
    """
    usable = {method.pk: method for method in methods}
    if page.channels:
        chosen = [
            DeliveryRoute(m.pk, m.channel, timedelta(minutes=after))
            for channel, after in page.channels
            for m in methods
            if m.channel == channel
        ]
        if chosen:
            return chosen
    urgency = Urgency.HIGH if page.urgent else Urgency.LOW
    own = [
        DeliveryRoute(
            rule.contact_method_id,
            usable[rule.contact_method_id].channel,
            timedelta(minutes=rule.after_minutes),
        )
        for rule in rules
        if rule.urgency == urgency and rule.contact_method_id in usable
    ]
    return own or [DeliveryRoute(m.pk, m.channel) for m in _by_default(page, methods)]


def _by_default(page: Page, methods: Sequence[Any]) -> list[Any]:
    wanted = [m for m in methods if page.urgent or m.channel not in ONLY_WHEN_URGENT]
    order = {channel: at for at, channel in enumerate(DEFAULT_ORDER)}
    return sorted(wanted or methods, key=lambda m: (order.get(m.channel, len(order)), m.position))


def back_off(attempts: int) -> timedelta:
    """How long to wait after so many failed attempts: 5, 15, 45, 135 s, at most 5 minutes."""
    return timedelta(seconds=min(5 * 3 ** (attempts - 1), 300))


def quiet_until(method: Any, now: datetime) -> datetime | None:
    """When the quiet hours of a method that ``now`` falls into are over; None outside of them."""
    begin, end = method.quiet_from, method.quiet_until
    if begin is None or end is None or begin == end:
        return None
    local = now.astimezone(method.user.zone)
    clock = local.time().replace(tzinfo=None)
    inside = begin <= clock < end if begin < end else (clock >= begin or clock < end)
    if not inside:
        return None
    day = local.date() if clock < end else local.date() + timedelta(days=1)
    return datetime.combine(day, end, tzinfo=local.tzinfo)
