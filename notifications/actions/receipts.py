"""What providers say later: receipts, in whatever order and however often they come."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from notifications.actions.address_faults import note_address_fault
from notifications.actions.fallback import fall_back, lock_person
from notifications.actions.outcomes import tell
from notifications.actions.proofs import note_answer
from notifications.choices import ReceiptState
from notifications.models import Attempt, EarlyReceipt, Notification
from notifications.page import PAGES
from notifications.receipts import Receipt

State = Notification.State
KEPT_EARLY = timedelta(hours=24)
MAX_EARLY = 500  # So many are matched in one pass.
RANKS = {state: rank for rank, state in enumerate(ReceiptState)}
ARRIVED = (ReceiptState.DELIVERED, ReceiptState.READ)


@transaction.atomic
def note(provider: str, receipt: Receipt) -> None:
    """Write down what became of a message; one of an id that is not known yet is kept for a day.

    A receipt never goes back: ``delivered`` stays what it is when ``sent`` or ``failed`` comes
    after it. After ``failed`` the person's next way is used at once. Of an id that was given twice
    the newer message is meant; a receipt without an id is of no message.
    """
    if not receipt.provider_id:
        return
    carried = Attempt.objects.filter(provider=provider, provider_id=receipt.provider_id)
    first = carried.select_related("notification").order_by("-pk").first()
    if first is None:
        EarlyReceipt.objects.create(
            provider=provider,
            provider_id=receipt.provider_id[:255],
            state=receipt.state,
            code=receipt.code[:100],
            part=receipt.part[:255],
            address_fault=receipt.address_fault[:200],
            is_answer=receipt.is_answer,
            at=receipt.at,
            price=receipt.price,
            currency=receipt.currency[:3],
        )
        return
    lock_person(first.notification.user_id)
    # What went out as one message began at one time; some gateways give an id again later.
    for attempt in carried.filter(started_at=first.started_at).select_for_update(no_key=True):
        _note(attempt, receipt)


def _note(attempt: Attempt, receipt: Receipt) -> None:
    receipt = _of_all_parts(attempt, receipt)
    if receipt.price is not None:
        attempt.price, attempt.currency = receipt.price, receipt.currency
    advances = _advances(attempt.receipt, receipt.state)
    if advances:
        attempt.receipt, attempt.receipt_at = receipt.state, receipt.at or timezone.now()
        attempt.receipt_code = receipt.code[:100]
        if receipt.state != ReceiptState.SENT:
            attempt.receipt_due_at = None
    fields = ("receipt", "receipt_at", "receipt_code", "receipt_due_at", "price", "currency")
    attempt.save(update_fields=(*fields, "parts_delivered"))
    if receipt.address_fault:
        note_address_fault(attempt, receipt.address_fault)
    rows = Notification.objects.select_related("incident", "user", "contact_method")
    row = rows.get(pk=attempt.notification_id)
    if receipt.is_answer:
        note_answer(row)
    if advances and receipt.state in ARRIVED:
        _end(row, State.DELIVERED)
    elif advances and receipt.state == ReceiptState.FAILED:
        _fail(row, receipt)


def _of_all_parts(attempt: Attempt, receipt: Receipt) -> Receipt:
    """The message is delivered once each of its parts is; until then it is handed on."""
    if not receipt.part or receipt.state not in ARRIVED:
        return receipt
    attempt.parts_delivered = sorted({*attempt.parts_delivered, receipt.part})
    is_whole = len(attempt.parts_delivered) >= attempt.segments
    return receipt if is_whole else replace(receipt, state=ReceiptState.SENT)


def _end(row: Notification, state: str, error: str = "") -> None:
    row.state, row.error = state, error
    row.save(update_fields=["state", "error"])


def _fail(row: Notification, receipt: Receipt) -> None:
    """It was accepted, and did not arrive after all."""
    if row.state != State.SENT:
        return
    _end(row, State.FAILED, f"It was accepted, but not delivered ({receipt.code or 'no reason'})")
    if _is_wanted(row):
        fall_back([row], timezone.now())
    tell([row], State.FAILED)


def _advances(before: str, after: ReceiptState) -> bool:
    if not before:
        return True
    if after == ReceiptState.FAILED:
        return before not in (*ARRIVED, ReceiptState.FAILED)
    return before != ReceiptState.FAILED and RANKS[after] > RANKS[ReceiptState(before)]


def _is_wanted(row: Notification) -> bool:
    """Whether it asks somebody for something that nobody has done yet."""
    incident = row.incident
    return (
        incident is not None
        and row.event in PAGES
        and incident.status == incident.Status.OPEN
        and row.facts.get("paging_round") in (None, incident.paging_round)
    )


def match_early(now: datetime) -> None:
    """Note what was said of messages before their acceptance was written down; drop what is of
    none after a day."""
    carried = Attempt.objects.filter(
        provider=OuterRef("provider"), provider_id=OuterRef("provider_id")
    )
    EarlyReceipt.objects.filter(created_at__lt=now - KEPT_EARLY).delete()
    for row in EarlyReceipt.objects.filter(Exists(carried)).order_by("pk")[:MAX_EARLY]:
        early = Receipt(
            provider_id=row.provider_id,
            state=ReceiptState(row.state),
            code=row.code,
            part=row.part,
            address_fault=row.address_fault,
            is_answer=row.is_answer,
            at=row.at,
            price=row.price,
            currency=row.currency,
        )
        note(row.provider, early)
        row.delete()


MAX_SILENT = 200  # So many are looked at in one pass.
SILENT = """
    UPDATE notifications_attempt SET receipt_due_at = NULL
    WHERE id = ANY(ARRAY(
        SELECT id FROM notifications_attempt
        WHERE receipt_due_at <= %(now)s ORDER BY receipt_due_at LIMIT %(most)s
        FOR NO KEY UPDATE SKIP LOCKED))
    RETURNING notification_id
"""


@transaction.atomic
def use_next_way_of_silent(now: datetime) -> int:
    """Of messages whose receipt has not come in time: the person's next way is used in addition.

    Returns how many messages that were.
    """
    values: dict[str, Any] = {"now": now, "most": MAX_SILENT}
    with connection.cursor() as cursor:
        cursor.execute(SILENT, values)
        ids = [pk for (pk,) in cursor.fetchall()]
    rows = Notification.objects.filter(pk__in=ids).select_related("incident", "user")
    for row in rows.order_by("user", "pk"):
        if _is_wanted(row):
            lock_person(row.user_id)
            fall_back([row], now)
    return len(ids)
