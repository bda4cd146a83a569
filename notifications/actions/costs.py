"""What messages cost by each account since the month began, and whether that is near its limit."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.core.cache import cache
from django.db.models import Count, QuerySet, Sum

from notifications.models import Attempt, Provider
from opsportal.lib.prepared_queries import PreparedQuery

WARN_AT = Decimal("0.8")  # of the limit
KEPT_S = 60  # Pages ask each time; so long the last answer will do.
KEY = "notifications.costs"
LIMITED = PreparedQuery(lambda: _limited().values_list("pk")[:1])


def _limited() -> QuerySet[Provider]:
    return Provider.objects.filter(monthly_limit__isnull=False, is_enabled=True).order_by("pk")


def spent(rows: Iterable[Provider], now: datetime) -> dict[int, Decimal]:
    """By the id of the account, in its currency, since the first of the month (UTC).

    What went out as one message for several incidents is counted once.
    """
    first = now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    priced = Attempt.objects.filter(
        provider__in=[str(row.pk) for row in rows],
        started_at__gte=first,
        price__isnull=False,
        notification__merged_into=None,
    )
    sums = priced.values_list("provider", "currency").annotate(Sum("price"))
    found = {(key, currency): price for key, currency, price in sums.order_by()}
    return {row.pk: found.get((str(row.pk), row.currency), Decimal(0)) for row in rows}


@dataclass(frozen=True, slots=True)
class Spending:
    """What one account has sent in a month: messages, the parts that they took, and the sum of what
    is known of their prices in one currency; ``account`` None for one of the environment, or that
    is gone."""

    account: int | None
    name: str
    channel: str
    currency: str
    messages: int
    parts: int
    amount: Decimal


def month_of(text: str) -> datetime:
    """When a month begins that is written as ``2026-11`` (UTC). Raises ValueError."""
    return datetime.strptime(text, "%Y-%m").replace(tzinfo=UTC)


def spending(month: datetime) -> list[Spending]:
    """By account, channel and currency, in the month that begins then (UTC); by name. What went
    out as one message for several incidents is counted once; the mail server of the settings has
    no account, and is not in it."""
    following = (month + timedelta(days=32)).replace(day=1)
    sent = Attempt.objects.filter(
        started_at__gte=month,
        started_at__lt=following,
        outcome=Attempt.Outcome.ACCEPTED,
        notification__merged_into=None,
    ).exclude(provider="")
    keys = ("provider", "provider_name", "notification__channel", "currency")
    sums = (
        sent.order_by()
        .values_list(*keys)
        .annotate(Count("pk"), Sum("segments"), Sum("price", default=Decimal(0)))
    )
    known = set(Provider.objects.values_list("pk", flat=True))
    rows = [
        Spending(int(key) if key.isdecimal() and int(key) in known else None, name, *rest)
        for key, name, *rest in sums
    ]
    return sorted(rows, key=lambda row: (row.name, row.channel, row.currency))


def warnings(now: datetime) -> list[str]:
    """A sentence for each account that has spent four fifths of its limit, or more. It may be a
    minute old."""
    known: list[str] | None = cache.get(KEY)
    if known is None:
        known = _warnings(now)
        cache.set(KEY, known, KEPT_S)
    return known


def _warnings(now: datetime) -> list[str]:
    if not LIMITED.exists():  # As in most portals.
        return []
    rows = list(_limited())
    sums = spent(rows, now)
    return [
        f"{row.name} has spent {sums[row.pk]:.2f} of {row.monthly_limit} {row.currency} this month"
        for row in rows
        if sums[row.pk] >= WARN_AT * (row.monthly_limit or 0)
    ]
