"""Whether an account at a provider works: asked, or tried by a message to whoever asks."""

import logging
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from django.utils import timezone

from incidents.models import User
from notifications.actions import follow_calls
from notifications.choices import NotificationEvent
from notifications.message.message import Message, compose
from notifications.models import ContactMethod
from notifications.provider_accounts import ProviderAccount, accounts_of
from opsportal.lib.encryption import SecretUnreadable
from opsportal.lib.languages import language_of, written_in
from opsportal.lib.net.errors import DeliveryError
from opsportal.lib.sentences import translated

logger = logging.getLogger(__name__)


def accounts_to_test(channel: str) -> list[ProviderAccount]:
    """The accounts of a channel, the one that is asked first before the others."""
    return sorted(accounts_of(channel), key=lambda one: one.position)


def check(account: ProviderAccount) -> str:
    """A sentence that it works, without sending anything. Raises ``DeliveryError``."""
    with _understood(account):
        return account.provider.check(account.config)


def send_test(account: ProviderAccount, user: User) -> str:
    """Send a test by this account to the first address of a person on its channel, now.

    Raises ``DeliveryError`` in the provider's words, or where the person has no such address.
    """
    methods = ContactMethod.objects.filter(user=user, channel=account.channel, is_enabled=True)
    method = methods.first()
    if method is None:
        sentence = "You have no address on this channel: add one under Profile, then test."
        raise DeliveryError(sentence)
    draft = Message(
        event=NotificationEvent.TEST,
        recipient=str(user),
        delivery_id=str(uuid.uuid4()),
        sent_at=timezone.now(),
        language=language_of(user.language),
    )
    with _understood(account), written_in(draft.language):
        reason = translated(f"you tested {account.name}")
        message = compose(replace(draft, reason=reason), zone=user.zone)
        accepted = account.provider.send(account.config, method.config, message)
    follow_calls.start(account, accepted)
    known = f" as {accepted.provider_id}" if accepted.provider_id else ""
    return f"{account.provider.label} accepted a test for {method.address}{known}."


@contextmanager
def _understood(account: ProviderAccount) -> Iterator[None]:
    """What goes wrong within it is a ``DeliveryError``: it is shown to whoever has asked."""
    try:
        yield
    except SecretUnreadable as error:
        raise DeliveryError(str(error), permanent=True) from None
    except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError) as error:
        logger.exception("The answer of %s cannot be read", account.name)
        label = account.provider.label
        raise DeliveryError(f"{label} answered what it does not document.") from error
