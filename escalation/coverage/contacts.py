"""By which channels people would be told: their addresses and rules, read once for many."""

from collections.abc import Collection
from datetime import datetime, timedelta
from functools import cache

from notifications.channels import all_channels
from notifications.models import ContactMethod
from notifications.page import Page
from notifications.provider_accounts import carried_channels
from notifications.reach import Reach

UNPROVEN_AFTER = timedelta(days=90)

ChannelDelays = tuple[tuple[str, int], ...]


class Contacts:
    """The usable addresses of those people who may be paged; nothing is written. ``ways``: the
    channels by which people are told here: somebody has an address, or an account carries them."""

    def __init__(self, people: Collection[int], now: datetime) -> None:
        self.reach, self.now = Reach(people, ()), now
        self.channels = cache(self._channels)
        reaching = {key for key, one in all_channels().items() if one.reaches and one.for_people}
        used = ContactMethod.objects.usable().order_by().values_list("channel", flat=True)
        self.ways = frozenset(reaching & {*used.distinct(), *carried_channels()})

    def _channels(self, person: int, step_channels: ChannelDelays, urgent: bool) -> frozenset[str]:
        """By what the person would be told; nothing for who is not paged."""
        page = Page(None, "", "", urgent, user_id=person, channels=step_channels)
        return frozenset(way.channel for way in self.reach.ways(page, self.now, by_hours=False))

    def days_unproven(self, person: int) -> int | None:
        """For how many days nothing that was sent to the person was answered, from 90 on; None
        for less, and where they have no address. Before its first answer an address counts from
        when it was verified."""
        methods = self.reach.book.methods.get(person, ())
        known = [one.proven_at or one.verified_at for one in methods]
        last = max((at for at in known if at), default=None)
        if last is None or self.now - last < UNPROVEN_AFTER:
            return None
        return (self.now - last).days
