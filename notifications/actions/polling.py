"""Accounts that are asked for answers, where their provider does not reach the portal."""

import logging
from zlib import crc32

import django.db

from notifications.actions import callbacks
from notifications.callback_requests import NONSENSE
from notifications.models import Provider
from notifications.provider_accounts import (
    ProviderAccount,
    account_by_token,
    account_of,
    from_environment,
)
from notifications.providers import all_providers
from notifications.providers._base import BaseProvider
from notifications.receipts import Heard
from opsportal.lib.advisory_locks import Space, session_lock
from opsportal.lib.languages import written_in
from opsportal.lib.net.errors import DeliveryError

logger = logging.getLogger(__name__)
WAIT_S = 25
IDLE_S = 0.2  # Some servers answer at once that there is nothing.
PAUSE_S = 10.0  # after a failure, and where another node asks


def polled_by_environment() -> list[ProviderAccount]:
    """The accounts of the environment that are asked for answers."""
    able = (
        key for key, one in all_providers().items() if type(one).polls is not BaseProvider.polls
    )
    channels = sorted({channel for channel, _ in able})
    found = [account for channel in channels for account in from_environment(channel)]
    return [account for account in found if account.provider.polls(account.config)]


def polled_accounts() -> list[ProviderAccount]:
    """All accounts that are asked for answers."""
    rows = Provider.objects.filter(is_enabled=True, is_polled=True)
    stored = [account for row in rows if (account := account_of(row))]
    return [*stored, *polled_by_environment()]


def lock_number(token: str) -> int:
    """Of the lock that who asks an account holds."""
    return crc32(token.encode())


def poll(token: str, position: str) -> tuple[str, float] | None:
    """Ask the account of this token for answers after ``position``, and do what they say.

    Returns where to go on, and after how many seconds; None for an account that is not asked any
    more. One process at a time asks: providers refuse a second one.
    """
    account = account_by_token(token)
    if account is None or not account.provider.polls(account.config):
        return None
    with session_lock(Space.CHAT_POLL, lock_number(token)) as is_held:
        if not is_held:
            return position, PAUSE_S
        try:
            with written_in(""):
                polled = account.provider.poll(account.config, position, WAIT_S)
        except (DeliveryError, *NONSENSE) as error:
            logger.warning("%s cannot be asked for answers: %s", account.name, error)
            return position, getattr(error, "retry_after", None) or PAUSE_S
        for heard in polled.heard:
            _take(account, heard)
        return polled.position, 0.0 if polled.heard else IDLE_S


def _take(account: ProviderAccount, heard: Heard) -> None:
    """Do what was answered. What fails is not asked for again, but while the database is away."""
    try:
        callbacks.take(account, heard)
    except django.db.OperationalError:
        raise
    except Exception:
        logger.exception("An answer by %s came to nothing", account.name)
