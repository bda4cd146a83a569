"""What rings until somebody answers is stopped as soon as nobody has to."""

import logging
from collections.abc import Collection
from datetime import datetime, timedelta

from django_q.tasks import async_task

from incidents.models import Incident
from notifications.models import Attempt, Notification
from notifications.provider_accounts import ProviderAccount, accounts_of
from notifications.providers import all_providers
from opsportal.lib.net.errors import DeliveryError
from opsportal.lib.task_queues import LATER

logger = logging.getLogger(__name__)
TASK = "notifications.tasks.withdraw"
RINGS_AT_MOST = timedelta(hours=3)


def ask_for_withdrawal(incident_ids: Collection[int], now: datetime) -> None:
    """Have the workers stop whatever still rings because of these incidents, which somebody has
    or which are over."""
    accounts = _repeating()
    if not accounts:
        return
    ringing = Attempt.objects.filter(
        provider__in=accounts,
        outcome=Attempt.Outcome.ACCEPTED,
        started_at__gt=now - RINGS_AT_MOST,
        notification__incident__in=incident_ids,
    ).exclude(provider_id="")
    for key, provider_id in ringing.values_list("provider", "provider_id").distinct():
        async_task(TASK, key, provider_id, cluster=LATER)


def withdraw(key: str, provider_id: str) -> None:
    """Stop one message of an account, unless it is about another incident that nobody has yet."""
    account = _repeating().get(key)
    same = Notification.objects.filter(attempts__provider=key, attempts__provider_id=provider_id)
    if account is None or same.filter(incident__status=Incident.Status.OPEN).exists():
        return
    try:
        account.provider.withdraw(account.config, provider_id)
    except DeliveryError as error:
        logger.warning("A message by %s rings on: %s", account.name, error)


def _repeating() -> dict[str, ProviderAccount]:
    """The accounts, by key, whose messages ring until somebody answers."""
    channels = {channel for (channel, _), one in all_providers().items() if one.repeats}
    accounts = [account for channel in sorted(channels) for account in accounts_of(channel)]
    return {account.key: account for account in accounts if account.provider.repeats}
