"""How often a password may be wrong, and a reset be asked for, within a quarter of an hour."""

import hashlib
import ipaddress
import logging
from datetime import timedelta

from django.utils import timezone

from incidents.errors import DomainError
from incidents.models import LoginAttempt

WINDOW = timedelta(minutes=15)
MAX_BY_ACCOUNT = {LoginAttempt.Kind.LOG_IN: 10, LoginAttempt.Kind.RESET: 5}
MAX_BY_ADDRESS = 30
IPV6_PREFIX_BITS = 64  # What one customer of a provider has at least.

logger = logging.getLogger(__name__)


class TooManyAttempts(DomainError):
    """This account, or this address, had too many wrong ones; links in mails go on working."""

    code = "too_many_attempts"


def begin(kind: LoginAttempt.Kind, account: str, address: str | None) -> LoginAttempt:
    """Count an attempt as wrong, until ``succeed`` says that it was right.

    It is counted before it is looked at, so that many at once do not slip past the limit. What
    is refused counts no further. Raises TooManyAttempts.
    """
    since = timezone.now() - WINDOW
    LoginAttempt.objects.filter(at__lt=since).delete()
    digest, network = _digest(account), _network(address)
    row = LoginAttempt.objects.create(kind=kind, account_digest=digest, address=network)
    recent = LoginAttempt.objects.filter(kind=kind, at__gte=since)
    by_account = recent.filter(account_digest=digest).count()
    by_address = recent.filter(address=network).count() if network else 0
    if by_account <= MAX_BY_ACCOUNT[kind] and by_address <= MAX_BY_ADDRESS:
        return row
    row.delete()
    what = "account" if by_account > MAX_BY_ACCOUNT[kind] else "address"
    logger.warning("Refused (%s): too many for this %s: %s from %s", kind, what, account, address)
    raise TooManyAttempts("Too many wrong attempts. Wait 15 minutes, or reset your password.")


def succeed(attempt: LoginAttempt) -> None:
    """It was right, and does not count."""
    LoginAttempt.objects.filter(pk=attempt.pk).delete()


def forgive(account: str) -> None:
    """Whoever came by a link in a mail has proved the account: its wrong passwords are over."""
    LoginAttempt.objects.filter(account_digest=_digest(account)).delete()


def _digest(account: str) -> str:
    return hashlib.sha256(account.strip().lower().encode(errors="surrogatepass")).hexdigest()


def _network(address: str | None) -> str | None:
    """What is counted as one address: of IPv6 the network of its customer."""
    if address is None:
        return None
    found = ipaddress.ip_address(address)
    if found.version == 4:
        return address
    network = ipaddress.ip_network(f"{address}/{IPV6_PREFIX_BITS}", strict=False)
    return str(network.network_address)
