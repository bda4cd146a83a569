"""Codes that prove, by being sent, that the address they come from is somebody's.

They fit into what a chat takes over a link: 64 letters, digits, ``_`` and ``-``.
"""

import hmac
from datetime import UTC, datetime, timedelta

from django.core import signing
from django.utils import timezone
from django.utils.crypto import salted_hmac

from notifications.errors import LinkExpired, LinkInvalid
from notifications.provider_accounts import accounts_of

SALT = "notifications.address_codes"
VALID = timedelta(minutes=15)
DIGITS = 32


def code_for(user_id: int, channel: str, *, now: datetime | None = None) -> str:
    """The code of a person for an address on a channel, good for 15 minutes."""
    minute = int((now or timezone.now()).timestamp()) // 60
    value = f"{signing.b62_encode(user_id)}-{signing.b62_encode(minute)}"
    return f"{value}-{_signature(value, channel)}"


def read_code(code: str, channel: str, *, now: datetime | None = None) -> int:
    """Whose it is. Raises ``LinkInvalid``, or ``LinkExpired`` when it is too old."""
    value, _, signature = code.rpartition("-")
    if not hmac.compare_digest(signature.encode(), _signature(value, channel).encode()):
        raise LinkInvalid("This link is not complete, or not one of ours.")
    user, minute = (signing.b62_decode(part) for part in value.split("-"))
    if (now or timezone.now()) - datetime.fromtimestamp(minute * 60, UTC) > VALID:
        raise LinkExpired("This link was good for 15 minutes. Get a new one in OpsPortal.")
    return user


def link_for(user_id: int, channel: str) -> str:
    """Where a person sends their code from; '' where no account of the channel takes one."""
    code = code_for(user_id, channel)
    links = (account.provider.code_link(account.config, code) for account in accounts_of(channel))
    return next((link for link in links if link), "")


def _signature(value: str, channel: str) -> str:
    return salted_hmac(SALT, f"{channel}:{value}", algorithm="sha256").hexdigest()[:DIGITS]
