"""By which account of which provider a message may go: rows, and variables of the environment."""

import hmac
import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import environ
from django.conf import settings
from django.utils.crypto import salted_hmac

from notifications.channels import all_channels
from notifications.models import Provider
from notifications.providers import BaseProvider, all_providers, find_provider, providers_of
from notifications.rates import Limit, Rate
from notifications.receipts import Accepted
from opsportal.lib.django_internals import fetch_prepared
from opsportal.lib.encryption import readable

ENVIRONMENT = environ.FileAwareEnv()  # X, or the file that X_FILE names
FROM_ENVIRONMENT = "environment"
HAS_ROWS = """
    SELECT EXISTS (
        SELECT FROM notifications_provider WHERE channel = %(channel)s AND is_enabled)
"""
AFTER_ROWS = 32767  # A row made on the page comes first.


@dataclass(frozen=True, slots=True)
class ProviderAccount:
    """An account that can be used now. ``key`` names it in attempts, ``lane`` to people.

    One without a key is the portal's own, by its settings: its lane is that of the channel.
    """

    key: str
    channel: str
    name: str
    token: str
    provider: BaseProvider
    config: Mapping[str, Any] = field(repr=False)
    prefixes: tuple[str, ...] = ()
    position: int = AFTER_ROWS
    unit_price: Decimal | None = None  # of a part, or of a call
    currency: str = ""
    own_rate: Rate | None = None  # in place of the provider's

    def limits(self, address: Mapping[str, Any]) -> tuple[Limit, ...]:
        """How many messages it takes, and how many an address of it does."""
        found = []
        if rate := self.own_rate or self.provider.rate:
            found.append(Limit(f"{self.lane} ({self.key or 'settings'})", rate, self.name))
        if of_place := self.provider.place_rate(address):
            place = str(address.get(all_channels()[self.channel].address_field) or "")
            name = f"{self.name}, to one address,"
            found.append(Limit.of_place(self.lane, place, of_place, name))
        return tuple(found)

    def priced(self, accepted: Accepted) -> Accepted:
        """With what it costs by the account's own price, where the provider named none."""
        if accepted.price is not None or self.unit_price is None:
            return accepted
        price = self.unit_price * max(1, accepted.segments)
        return replace(accepted, price=price, currency=self.currency)

    @property
    def lane(self) -> str:
        """What can hang or fail by itself."""
        return f"{self.channel}: {self.name}" if self.key else all_channels()[self.channel].lane({})


def callback_url(token: str) -> str:
    """Where the provider of an account says what became of its messages, and what was answered."""
    return f"{settings.SITE_URL}/callbacks/{token}/"


def account_by_token(token: str) -> ProviderAccount | None:
    """The account whose callbacks come to this address."""
    row = Provider.objects.filter(token=token, is_enabled=True).first()
    if row is not None:
        return account_of(row)
    channels = {channel for channel, _ in all_providers()}
    ours = (account for channel in sorted(channels) for account in from_environment(channel))
    return next(
        (one for one in ours if hmac.compare_digest(one.token.encode(), token.encode())), None
    )


def accounts_of(channel: str) -> list[ProviderAccount]:
    """Those of a channel that are enabled and can be read: rows by position, then the
    environment's."""
    rows = Provider.objects.filter(channel=channel, is_enabled=True) if _has_rows(channel) else ()
    return [account for row in rows if (account := account_of(row))] + from_environment(channel)


def _has_rows(channel: str) -> bool:
    """Asked for each message that is sent, and planned once: most portals have no row for mail."""
    return bool(fetch_prepared(HAS_ROWS, {"channel": channel})[0][0])


def carries(channel: str) -> bool:
    """Whether an account carries the messages of a channel."""
    return bool(from_environment(channel) or accounts_of(channel))


def carried_channels() -> set[str]:
    """The channels that have providers, and an account at one of them."""
    rows = Provider.objects.filter(is_enabled=True).order_by().values_list("channel", flat=True)
    channels = {channel for channel, _ in all_providers()}
    return {*rows.distinct(), *(one for one in channels if from_environment(one))}


def account_of(row: Provider) -> ProviderAccount | None:
    """None where its module is gone, or its secrets were encrypted with another key."""
    provider, config = find_provider(row.channel, row.kind), readable(row, "config", None)
    if provider is None or config is None:
        return None
    return ProviderAccount(
        key=str(row.pk),
        channel=row.channel,
        name=row.name,
        token=row.token,
        provider=provider,
        config={**config, "callback_url": callback_url(row.token)},
        prefixes=tuple(row.prefixes.split()),
        position=row.position,
        unit_price=row.unit_price,
        currency=row.currency,
        own_rate=_rate_of(row, provider),
    )


def _rate_of(row: Provider, provider: BaseProvider) -> Rate | None:
    """What a row says of its rate, with the provider's own for what it leaves out; None where it
    says nothing."""
    if row.rate_per_s is None and (row.burst is None or provider.rate is None):
        return None
    usual = provider.rate or Rate(row.rate_per_s or 1, math.ceil(row.rate_per_s or 1))
    return Rate(row.rate_per_s or usual.per_s, row.burst or usual.burst)


def from_environment(channel: str) -> list[ProviderAccount]:
    """The accounts that variables of the environment configure, validated by their forms; last
    the portal's own."""
    found, own = [], []
    for kind, provider in providers_of(channel).items():
        values = {
            name: ENVIRONMENT.str(key, default="") for name, key in provider.environment.items()
        }
        form = provider.Form(values) if any(values.values()) else None
        name = f"{provider.label} ({FROM_ENVIRONMENT})"
        if form is not None and form.is_valid():
            key = f"{kind}/{FROM_ENVIRONMENT}"
            token = salted_hmac("notifications.callbacks", key).hexdigest()[:32]
            config = {**form.cleaned_data, "callback_url": callback_url(token)}
            found.append(ProviderAccount(key, channel, name, token, provider, config))
        if (settled := provider.own_account()) is not None:
            own.append(ProviderAccount("", channel, name, "", provider, settled))
    return found + own


def in_order(
    accounts: Sequence[ProviderAccount],
    number: str,
    *,
    failing: Collection[str] = (),
    tries: Callable[[str], int] = lambda key: 0,
) -> list[ProviderAccount]:
    """Those that carry to a number, the one to ask next first.

    What was tried least often for the same notification comes first, of these what is not
    ``failing`` (lanes with an open breaker), then the longest prefix, then the position. One that
    fails is asked last, and never left out.
    """
    length = {account.key: _prefix_length(account, number) for account in accounts}
    able = [account for account in accounts if length[account.key] is not None]
    return sorted(
        able,
        key=lambda one: (
            tries(one.key),
            one.lane in failing,
            -(length[one.key] or 0),
            one.position,
        ),
    )


def _prefix_length(account: ProviderAccount, number: str) -> int | None:
    """How long the longest of its prefixes is that the number has; None where it has none."""
    if not account.prefixes:
        return 0
    return max((len(one) for one in account.prefixes if number.startswith(one)), default=None)
