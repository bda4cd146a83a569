"""What messages cost by each account since the month began, and whether that is near its limit."""

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal

from django.core.cache import cache
from django.db.models import QuerySet, Sum

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
