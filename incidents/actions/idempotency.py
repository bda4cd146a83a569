"""Do a request once, however often it is sent with one key."""

from datetime import datetime, timedelta

from django.utils import timezone

from incidents.errors import DomainError
from incidents.models import IdempotentRequest

KEPT_HOURS = 24


class KeyReused(DomainError):
    """The key came before, with another address or body."""

    code = "idempotency_key_reused"


def claim(credential: str, key: str, fingerprint: str) -> tuple[IdempotentRequest, bool]:
    """The record of a key, and whether it is new. To be called in a transaction, at whose end a
    request with the same key goes on that came meanwhile.

    Raises KeyReused.
    """
    mine = IdempotentRequest.objects.filter(credential=credential, key=key)
    mine.filter(created_at__lt=_oldest(timezone.now())).delete()
    record, is_new = IdempotentRequest.objects.get_or_create(
        credential=credential, key=key, defaults={"fingerprint": fingerprint}
    )
    if record.fingerprint != fingerprint:
        raise KeyReused("This Idempotency-Key was used with another address or body.")
    return record, is_new


def keep_answer(record: IdempotentRequest, status: int, answer: str) -> None:
    """Record the answer, as JSON, for whoever repeats the request."""
    record.status, record.answer = status, answer
    record.save(update_fields=["status", "answer"])


def delete_expired(now: datetime, *, limit: int) -> int:
    """Delete answers that are kept no longer; returns how many."""
    expired = IdempotentRequest.objects.filter(created_at__lt=_oldest(now)).order_by("created_at")
    ids = list(expired.values_list("pk", flat=True)[:limit])
    if ids:
        IdempotentRequest.objects.filter(pk__in=ids).delete()
    return len(ids)


def _oldest(now: datetime) -> datetime:
    return now - timedelta(hours=KEPT_HOURS)
