"""Mails come in: each is stored for every mailbox that it is for, before anybody is told so."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from django.db import transaction

from integrations.inbound.access import FORBIDDEN_ADDRESS, Guard
from integrations.inbound.endpoint_cache import Door, door_of
from integrations.inbound.receive import Changed, Receipt, receive, refuse
from integrations.mail import addresses
from integrations.mail.incoming import MOST_RECIPIENTS, Letter
from integrations.models import Integration, MailAccount


class UnknownMailbox(Exception):
    """No integration has this mailbox."""


class MailboxClosed(Exception):
    """Every integration of this mailbox is disabled."""


class SenderRefused(Exception):
    """The integrations of this mailbox take mails from other addresses only."""


class NotKept(Exception):
    """It was not stored; to send it again may help."""


def deliver(letter: Letter) -> list[int]:
    """Store a mail for each of its recipients; returns the messages. Stored twice it counts once.

    Raises UnknownMailbox, MailboxClosed or SenderRefused where nobody takes it, NotKept where it
    must come again.
    """
    kept, refused = [], []
    for address, taker in _takers(letter.recipients):
        try:
            kept.append(_deliver(letter, address, taker))
        except (MailboxClosed, SenderRefused) as refusal:
            refused.append(refusal)
    if refused and not kept:
        raise refused[0]
    return [receipt.message_id for receipt in kept if receipt.message_id is not None]


def knock(address: str, letter: Letter) -> None:
    """Whether a mail from there would be taken for this address, before it is sent. An address
    that is refused is kept as Rejected.

    Raises UnknownMailbox, MailboxClosed or SenderRefused where it would not.
    """
    taker = addresses.taker_of(address)
    if taker is None:
        raise UnknownMailbox(f"No integration has the mailbox {address}")
    if not taker.is_enabled:
        raise MailboxClosed(f"{taker.mailbox}: The integration is disabled.")
    door = _door(taker, letter)
    if refusal := door.guard.refusal(letter.remote_address, ""):
        with suppress(Changed):  # Not kept, then; the answer is the same.
            refuse(door, letter.arrival(address))
        raise SenderRefused(f"{taker.mailbox}: {refusal.says}")


def _takers(recipients: Iterable[str]) -> list[tuple[str, Integration]]:
    """One for each mailbox, however often the mail names it."""
    found: dict[str, tuple[str, Integration]] = {}
    for address in list(recipients)[:MOST_RECIPIENTS]:
        taker = addresses.taker_of(address)
        if taker is not None:
            found.setdefault(taker.mailbox, (address, taker))
    if not found:
        raise UnknownMailbox(f"No integration has the mailbox {', '.join(recipients) or '(none)'}")
    return list(found.values())


def _deliver(letter: Letter, address: str, taker: Integration) -> Receipt:
    arrival = letter.arrival(address)
    for _ in range(3):
        try:
            receipt = receive(_door(taker, letter), arrival)
        except Changed:
            fresh = addresses.taker_of(address)
            if fresh is None:
                raise UnknownMailbox(f"No integration has the mailbox {address}") from None
            taker = fresh
            continue
        if receipt.code == FORBIDDEN_ADDRESS:
            raise SenderRefused(f"{taker.mailbox}: {receipt.error}")
        if receipt.status == 403:
            raise MailboxClosed(f"{taker.mailbox}: {receipt.error}")
        if receipt.message_id is None:
            raise NotKept(receipt.error)
        return receipt
    raise NotKept("The integration is being changed")


def _door(taker: Integration, letter: Letter) -> Door:
    """Nobody signs mails: the secrets of an integration are about what is posted to its URL. From
    where a mail comes is known by SMTP only: elsewhere its last server is not who sent it."""
    door = door_of(taker)
    networks = door.guard.networks_only() if letter.way == "smtp" else Guard()
    return replace(door.unchecked(), guard=networks)


def note_look(account_id: int, now: datetime, *, error: str = "", **columns: int) -> None:
    """A mail account was looked into: when, how far, and what was wrong."""
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
