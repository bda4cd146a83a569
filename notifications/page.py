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
class Notice:
    """What a person is told that is no incident; ``url`` is a path of the portal."""

    title: str
    text: str = ""
    url: str = "/"


@dataclass(frozen=True, slots=True)
class Page:
    """One person or shared channel to be told of one incident, or of something that is none."""

    incident_id: int | None
    page_key: str  # what caused it, such as run:12:0:1:0; unique together with the address
    reason: str
    urgent: bool
    paging_round: int = 1
    user_id: int | None = None
    shared_channel_id: int | None = None
    event: NotificationEvent = NotificationEvent.TRIGGERED
    channels: tuple[tuple[str, int], ...] = ()  # (channel, after minutes) in place of own rules
    skipped_channels: tuple[str, ...] = ()  # which whoever opened the incident has left out
    despite_acknowledgement: bool = False
    after_s: int = 0  # told so many seconds after the step, unless somebody has it by then
    subject: str = ""  # words of a workflow, in place of those of the event
    text: str = ""
    is_request: bool = False  # asked for by name: it goes out whoever has the incident
    is_announcement: bool = False  # of what has happened; nobody is asked to act
    always_told: bool = False  # whatever the person has opted out of
    is_team_contact: bool = False  # the shared channel is told as an address of a team
    opted_out: str = ""  # of what the person has: it becomes a line in the portal alone
    service_channels: tuple[str, ...] = ()  # which the service uses; empty: all
    notice: Notice | None = None  # where there is no incident


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

    The channels of the step decide, else the person's own rules, else the default order, both
    within the channels that the service uses. Rules that name no usable method are as none at all,
    and so are the channels of the service where the person has none of them: a person with a
    verified address is always told.
    """
    methods = [method for method in methods if method.channel not in page.skipped_channels]
    if page.channels:
        chosen = [
            DeliveryRoute(m.pk, m.channel, timedelta(minutes=after))
            for channel, after in page.channels
            for m in methods
            if m.channel == channel
        ]
        if chosen:
            return chosen
    methods = [m for m in methods if m.channel in page.service_channels] or methods
    usable = {method.pk: method for method in methods}
    urgency = Urgency.HIGH if page.urgent else Urgency.LOW
    own = [
        DeliveryRoute(
            rule.contact_method_id, usable[rule.contact_method_id].channel, timedelta(minutes=after)
        )
        for rule in rules
        if rule.urgency == urgency and rule.contact_method_id in usable
        for after in _minutes(rule)
    ]
    return list(dict.fromkeys(own)) or [
        DeliveryRoute(m.pk, m.channel) for m in _by_default(page, methods)
    ]


def _minutes(rule: Any) -> list[int]:
    """When the rule uses its method: the first time, and again."""
    every = rule.repeat_every_minutes
    return [rule.after_minutes + every * number for number in range(rule.repeat_times + 1)]


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
