"""Store a mail for every mailbox that it is for, before it is accepted."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import TypeVar

from django.db import transaction

from integrations.inbound.access import FORBIDDEN_ADDRESS, AccessPolicy
from integrations.inbound.endpoint_cache import Changed, EndpointConfig, config_for
from integrations.inbound.receive import Receipt, check_access, receive
from integrations.inbound.request import BadEncoding, InboundRequest, TooLarge
from integrations.inbound.retry import StillChanging, retry_stale
from integrations.inbound.unreadable import keep
from integrations.mail import addresses, answers
from integrations.mail.incoming import MAX_RECIPIENTS, IncomingMail
from integrations.models import Integration, MailAccount

T = TypeVar("T")


class UnknownMailbox(Exception):
    """No integration has this mailbox."""


class MailboxClosed(Exception):
    """Every integration of this mailbox is disabled."""


class SenderRefused(Exception):
    """The integrations of this mailbox take mails from other addresses only."""


class NotKept(Exception):
    """It was not stored; to send it again may help."""


def deliver(mail: IncomingMail) -> list[int]:
    """Store a mail for each of its recipients; returns the messages. Stored twice it counts once.
    To an address for answers it is one, and not stored.

    Raises UnknownMailbox, MailboxClosed or SenderRefused where nobody takes it, NotKept where it
    must come again.
    """
    others = [one for one in mail.recipients if not answers.take(mail, one)]
    if mail.recipients and not others:
        return []
    kept, refused = [], []
    for address, integration in _recipients(others):
        try:
            kept.append(_deliver(mail, address, integration))
        except (MailboxClosed, SenderRefused) as rejection:
            refused.append(rejection)
    if refused and not kept:
        raise refused[0]
    return [receipt.message_id for receipt in kept if receipt.message_id is not None]


def keep_unread(
    recipients: Iterable[str], inbound: InboundRequest, problem: TooLarge | BadEncoding
) -> None:
    """Leave a row and a count at each mailbox for a mail that cannot be taken.

    Of an answer nothing is left. Raises UnknownMailbox where it is for none, and NotKept.
    """
    all_of_them = list(recipients)
    others = [one for one in all_of_them if not answers.is_for_answers(one)]
    if all_of_them and not others:
        return
    for address, _ in _recipients(others):
        _retry(partial(_keep_unread, address, inbound, problem))


def check_recipient(address: str, mail: IncomingMail) -> None:
    """Check at RCPT whether a mail would be stored for this address.

    A sender outside of the allowed networks is stored as Rejected.

    Raises UnknownMailbox, MailboxClosed or SenderRefused where it would not.
    """
    if answers.is_for_answers(address):
        return
    integration = addresses.recipient_integration(address)
    if integration is None:
        raise UnknownMailbox(f"No integration has the mailbox {address}")
    if not integration.is_enabled:
        raise MailboxClosed(f"{integration.mailbox}: The integration is disabled.")
    config = _config(integration, mail)
    if rejection := config.access.rejection(mail.remote_address, ""):
        with suppress(Changed):  # Not kept, then; the answer is the same.
            check_access(config, mail.to_request(address))
        raise SenderRefused(f"{integration.mailbox}: {rejection.detail}")


def _recipients(recipients: Iterable[str]) -> list[tuple[str, Integration]]:
    """One for each mailbox, however often the mail names it. Raises UnknownMailbox."""
    found: dict[str, tuple[str, Integration]] = {}
    for address in list(recipients)[:MAX_RECIPIENTS]:
        integration = addresses.recipient_integration(address)
        if integration is not None:
            found.setdefault(integration.mailbox, (address, integration))
    if not found:
        raise UnknownMailbox(f"No integration has the mailbox {', '.join(recipients) or '(none)'}")
    return list(found.values())


def _deliver(mail: IncomingMail, address: str, integration: Integration) -> Receipt:
    receipt = _retry(lambda: _receive(mail, address))
    if receipt.code == FORBIDDEN_ADDRESS:
        raise SenderRefused(f"{integration.mailbox}: {receipt.error}")
    if receipt.status == 403:
        raise MailboxClosed(f"{integration.mailbox}: {receipt.error}")
    if receipt.message_id is None:
        raise NotKept(receipt.error)
    return receipt


def _retry(operation: Callable[[], T]) -> T:
    """Raises NotKept."""
    try:
        return retry_stale(operation)
    except StillChanging as failure:
        raise NotKept("The integration is being changed") from failure


def _receive(mail: IncomingMail, address: str) -> Receipt:
    integration = addresses.recipient_integration(address)
    if integration is None:
        raise UnknownMailbox(f"No integration has the mailbox {address}")
    return receive(_config(integration, mail), mail.to_request(address))


def _keep_unread(address: str, inbound: InboundRequest, problem: TooLarge | BadEncoding) -> None:
    integration = addresses.recipient_integration(address)
    keep(config_for(integration).unchecked() if integration else None, inbound, problem)


def _config(integration: Integration, mail: IncomingMail) -> EndpointConfig:
    """Mails are not signed, and only SMTP tells the address of the sender: the other transports see
    the last server on the way."""
    config = config_for(integration)
    networks = config.access.networks_only() if mail.transport == "smtp" else AccessPolicy()
    return replace(config.unchecked(), access=networks)


def record_poll(account_id: int, now: datetime, *, error: str = "", **columns: int) -> None:
    """Write when an account was polled, how far, and what was wrong (at most 2,000 characters)."""
    MailAccount.objects.filter(pk=account_id).update(
        last_polled_at=now, last_error=error[:2000], **columns
    )


@transaction.atomic
def save_account(account: MailAccount) -> MailAccount:
    """A mailbox elsewhere to look into; another server or folder is read from its start."""
    known = MailAccount.objects.select_for_update().filter(pk=account.pk).first()
    place = ("host", "port", "username", "folder")
    if known and any(getattr(known, name) != getattr(account, name) for name in place):
        account.uid_validity = account.last_uid = 0
    account.last_error = ""
    account.last_polled_at = None
    account.save()
    return account


def delete_account(account_id: int) -> None:
    """It is looked into no more; what came from it stays in the log."""
    MailAccount.objects.filter(pk=account_id).delete()
