"""By which destination a notification goes: a lane, and an account where its channel has them."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

from django.utils import timezone

from notifications.channels import BaseChannel, all_channels
from notifications.message.message import Message
from notifications.models import (
    Attempt,
    ContactMethod,
    Lane,
    Notification,
    SharedChannel,
    StatusSubscriber,
)
from notifications.provider_accounts import ProviderAccount, accounts_of, in_order
from notifications.providers import providers_of
from notifications.rates import Limit
from notifications.receipts import Accepted
from opsportal.lib.encryption import SecretUnreadable
from opsportal.lib.languages import written_in
from opsportal.lib.net.errors import DeliveryError

Place = ContactMethod | SharedChannel | StatusSubscriber
# Subscribers of status pages have lanes of their own, by the same accounts: however many there are,
# and whatever their servers do, no page waits for them.
OF_SUBSCRIBERS = "Subscribers: {}"
MAX_LANE_CHARS = 300


@dataclass(frozen=True, slots=True)
class Route:
    """``account`` carries it, where its channel needs one. ``has_next``: another one that was not
    asked yet may be, at once, should this one fail."""

    lane: str
    account: ProviderAccount | None = None
    has_next: bool = False

    @property
    def account_key(self) -> str:
        return self.account.key if self.account else ""

    @property
    def account_name(self) -> str:
        return self.account.name if self.account else ""

    @property
    def receipt_within_s(self) -> float | None:
        """So many seconds after it was accepted a receipt has to have come; None: none comes."""
        return self.account.provider.receipt_within_s if self.account else None

    def limits(self, channel: BaseChannel, address: Mapping[str, object]) -> tuple[Limit, ...]:
        """How many messages may go by it to an address."""
        return self.account.limits(address) if self.account else channel.limits(address)

    def send(self, channel: BaseChannel, address: dict[str, object], message: Message) -> Accepted:
        """Send now, once, in the language of the message. Raises ``DeliveryError``."""
        with written_in(message.language):
            return self._send(channel, address, message)

    def _send(self, channel: BaseChannel, address: dict[str, object], message: Message) -> Accepted:
        if self.account:
            accepted = self.account.provider.send(self.account.config, address, message)
            if not accepted.provider_id and self.receipt_within_s is not None:
                raise DeliveryError(
                    f"{self.account.provider.label} answered without the id of a message.",
                    ambiguous=True,
                    provider_fault=True,
                )
            return self.account.priced(accepted)
        provider_id = channel.send(address, message)
        return Accepted(provider_id=provider_id, receipt_within_s=channel.receipt_within_s)


def route_of(row: Notification) -> Route:
    """The route of the next attempt of a notification."""
    place = row.contact_method or row.shared_channel or row.subscriber
    tries = _tries(row) if row.attempts_made else Counter[str]()
    route = _route(row.channel, place, tries)
    if not isinstance(place, StatusSubscriber):
        return route
    return replace(route, lane=OF_SUBSCRIBERS.format(route.lane)[:MAX_LANE_CHARS])


def lane_of(row: Notification) -> str:
    """The lane that a notification goes by; that of its channel where its address is gone, or
    cannot be read."""
    return route_of(row).lane


def lane_of_place(place: Place) -> str:
    """The lane that the first attempt to tell this contact method or shared channel goes by."""
    return _route(place.channel, place, Counter()).lane


def _route(key: str, place: Place | None, tries: Counter[str]) -> Route:
    channel = all_channels().get(key)
    if channel is None or place is None:
        return Route(key)
    try:
        config = place.config
    except SecretUnreadable:
        return Route(key)
    if not providers_of(key):
        return Route(channel.lane(config))
    number = str(config.get(channel.address_field) or "")
    found = _candidates(key, number, tries)
    if not found:
        return Route(channel.lane(config))
    first = found[0]
    has_next = any(tries[one.key] <= tries[first.key] for one in found[1:])
    return Route(first.lane, first, has_next)


def _candidates(channel: str, number: str, tries: Counter[str]) -> list[ProviderAccount]:
    accounts = accounts_of(channel)
    if len(accounts) < 2:
        return in_order(accounts, number)
    now = timezone.now()
    lanes = Lane.objects.filter(key__in=[one.lane for one in accounts], opened_until__gt=now)
    failing = set(lanes.values_list("key", flat=True))
    return in_order(accounts, number, failing=failing, tries=partial(Counter.__getitem__, tries))


def _tries(row: Notification) -> Counter[str]:
    """How often each account was asked to carry it; the portal's own has the key ''."""
    asked = Attempt.objects.filter(notification=row)
    return Counter(asked.values_list("provider", flat=True))
