"""The accept path: everything between a request and its row, and nothing else.

No mapping, no incident, no lock that others wait for: one insert, one commit, one answer.
"""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import psycopg
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from integrations import signatures
from integrations.decoding import decode
from integrations.errors import BadSignature, CannotVerify, UnreadableBody
from integrations.inbound import rate_limit, sns_subscription
from integrations.inbound.endpoint_cache import DOORS, Door
from integrations.inbound.request import Arrival
from integrations.models import InboundMessage, Integration
from opsportal.lib.pg_notify import INBOUND
from opsportal.lib.text import clean

Status = InboundMessage.Status
RING_EVERY_S = 0.02

# The integration is read in the same statement: a row that has changed since it was looked at
# takes nothing, and the caller looks again.
INSERT = """
    INSERT INTO integrations_inboundmessage
        (integration_id, service_id, route, content_type, headers, query, body, body_digest,
         remote_address, answer, received_at, ready_at, attempts, is_test, replay_of_id, status,
         action, reason, source, source_name, source_id, subject, results, processed_at)
    SELECT i.id, i.service_id, %(route)s, %(content_type)s, %(headers)s, %(query)s, %(body)s,
           %(digest)s, %(address)s, %(answer)s, %(now)s, %(ready_at)s, 0, %(is_test)s,
           %(replay_of)s, %(status)s, '', %(reason)s, '', '', '', '', '[]', %(processed_at)s
    FROM integrations_integration AS i WHERE i.id = %(id)s AND i.changed_at = %(version)s
    RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Receipt:
    """How a message was answered: an HTTP status, and the row that keeps it."""

    status: int
    message_id: int | None = None
    error: str = ""
    retry_after: int = 0
    code: str = ""

    @property
    def is_accepted(self) -> bool:
        return self.status < 300


class Changed(Exception):
    """The integration was changed while a message for it was on its way."""


def receive(
    door: Door,
    arrival: Arrival,
    *,
    error: str = "",
    status: int = 202,
    sent_as: Mapping[int, int] | None = None,
) -> Receipt:
    """Store a message and say how to answer it. Raises ``Changed`` where the door is stale.

    ``error`` is what the route found wrong with a body that it could read; ``sent_as`` which other
    status the route sends in place of one of ours, so that the log shows what was sent.
    """
    try:
        return _receive(door, arrival, error, status, sent_as or {})
    except rate_limit.Gone as gone:
        DOORS.forget(door)
        raise Changed from gone


def _receive(
    door: Door, arrival: Arrival, error: str, status: int, sent_as: Mapping[int, int]
) -> Receipt:
    if refusal := refuse(door, arrival):
        return refusal
    if door.signature_provider == sns_subscription.PROVIDER and (
        said := sns_subscription.note_of(arrival)
    ):
        return _keep_handshake(door, arrival, said, status)
    verdict = rate_limit.admit(door.integration_id, door.rate_limit)
    if verdict.is_full:
        Integration.objects.filter(pk=door.integration_id).update(
            dropped_count=F("dropped_count") + 1
        )
        return Receipt(429, None, "Too many messages, and too many waiting.", verdict.retry_after)
    error = error or _unreadable(arrival)
    if error:
        answer = sent_as.get(400, 400)
        message_id = keep(door, arrival, answer, status=Status.FAILED, reason=error)
        return Receipt(400, message_id, error)
    answer = status if verdict.allowed else sent_as.get(429, 429)
    message_id = keep(door, arrival, answer, ready_at=verdict.ready_at)
    if not verdict.allowed:
        words = f"More than {door.rate_limit} messages a minute; it is kept and worked off later."
        return Receipt(429, message_id, words, verdict.retry_after)
    return Receipt(status, message_id)


def refuse(door: Door, arrival: Arrival) -> Receipt | None:
    """The answer to a message that may not come in, kept as Rejected within bounds; else None."""
    authorization = arrival.headers.get("authorization", "")
    if refusal := door.guard.refusal(arrival.remote_address, authorization):
        kept = reject(door, arrival, refusal.status, refusal.reason)
        return replace(kept, error=refusal.says, code=refusal.code)
    if not door.is_enabled:
        return reject(door, arrival, 403, "The integration is disabled.")
    if door.is_signed:
        try:
            _verify(door, arrival)
        except BadSignature as bad:
            return reject(door, arrival, 401, f"Signature refused: {bad}.")
        except CannotVerify as unknown:
            return Receipt(503, None, f"{unknown} Nothing was kept. Please send it again.")
    return None


def _verify(door: Door, arrival: Arrival) -> None:
    signatures.verify(
        door.signature_provider,
        door.signature_secrets,
        arrival.headers,
        arrival.signed,
        timezone.now(),
        url=arrival.url,
        content_type=arrival.content_type,
        form=door.signature_form,
    )


def _unreadable(arrival: Arrival) -> str:
    try:
        decode.decode(arrival.body, arrival.content_type, {"": ""} if arrival.query else {})
    except UnreadableBody as error:
        return f"Unreadable: {error}."
    return ""


def _keep_handshake(door: Door, arrival: Arrival, said: str, status: int) -> Receipt:
    """What only manages a subscription is no event; what has to be answered is, by a worker."""
    with transaction.atomic():
        message_id = keep(door, arrival, status, status=Status.IGNORED, reason=said)
        sns_subscription.begin(message_id, arrival)
    return Receipt(status, message_id)


def reject(door: Door, arrival: Arrival, status: int, reason: str) -> Receipt:
    """Keep as Rejected, within bounds, what may not come in."""
    if not rate_limit.keeps_rejected(door.integration_id):
        return Receipt(status, None, reason)
    return Receipt(
        status, keep(door, arrival, status, status=Status.REJECTED, reason=reason), reason
    )


def keep(
    door: Door,
    arrival: Arrival,
    answer: int,
    *,
    status: str = Status.PENDING,
    reason: str = "",
    ready_at: datetime | None = None,
) -> int:
    """Write the row of a message as it was answered; returns its number."""
    now = timezone.now()
    values = {
        "id": door.integration_id,
        "version": door.version,
        "route": arrival.route,
        "content_type": arrival.content_type,
        "headers": json.dumps(arrival.masked_headers),
        "query": arrival.masked_query,
        "body": arrival.body,
        "digest": arrival.digest,
        "address": arrival.remote_address,
        "answer": answer,
        "now": now,
        "ready_at": ready_at or now,
        "is_test": arrival.is_test,
        "replay_of": arrival.replay_of,
        "status": str(status),
        "reason": clean(reason),  # It may quote the body.
        "processed_at": None if status == Status.PENDING else now,
    }
    pending = status == Status.PENDING and ready_at is None
    statement = INSERT + (BELL.due() if pending else "")
    row = _run_prepared(statement, values)
    if row is None:
        DOORS.forget(door)
        raise Changed
    return row[0]


def _run_prepared(statement: str, values: dict[str, Any]) -> tuple[Any, ...] | None:
    """The first row of a statement that the server has planned once for this connection.

    Django's own cursors write the values into the text, which is parsed and planned each time.
    """
    with connection.cursor() as cursor, connection.wrap_database_errors:
        line = cursor.connection
        line.prepare_threshold = 1
        return psycopg.Cursor(line).execute(statement, values, prepare=True).fetchone()


class _Bell:
    """Rings in the same statement, but not at each message: a ring in a transaction makes its
    commit wait for all others. The engine looks again for a while after it found something."""

    def __init__(self) -> None:
        self.rung_at = 0.0

    def due(self) -> str:
        now = time.monotonic()
        if now - self.rung_at < RING_EVERY_S:
            return ""
        self.rung_at = now
        return f", pg_notify('{INBOUND}', '')"


BELL = _Bell()
