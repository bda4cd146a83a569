"""Accept a message: access control, rate limit, one INSERT.

No mapping, no incident, no lock that others wait for: one commit, one answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from incidents.models import Service
from integrations import signatures
from integrations.inbound import rate_limit, sns_subscription
from integrations.inbound.endpoint_cache import EndpointConfig
from integrations.inbound.insert import insert_message
from integrations.inbound.request import InboundRequest
from integrations.inbound.unreadable_count import count_unreadable
from integrations.inbound.urgent_words import MAX_LOOKED_AT_BYTES
from integrations.models import InboundMessage, Integration
from opsportal.lib.signatures.errors import BadSignature, CannotVerify

Status = InboundMessage.Status
SECRETS_UNREADABLE = "The secrets of this integration cannot be read. Please send it again."
BACKLOG_FULL = "Too many messages, and too many waiting."


@dataclass(frozen=True, slots=True)
class Receipt:
    """How a message was answered: an HTTP status, and the id of its row if it was stored.

    ``retry_after`` is in seconds; ``code`` and ``error`` tell the sender what was wrong.
    """

    status: int
    message_id: int | None = None
    error: str = ""
    retry_after: int = 0
    code: str = ""

    @property
    def is_accepted(self) -> bool:
        return self.status < 300


@dataclass(frozen=True, slots=True)
class Answers:
    """What the log shows as answered: ``accepted``, or another status in place of one of ours.

    ``error`` is what the endpoint found wrong with a body that it could decode.
    """

    accepted: int = 202
    replaced: Mapping[int, int] = field(default_factory=dict)
    error: str = ""

    def status(self, status: int) -> int:
        return self.replaced.get(status, status)


def receive(
    config: EndpointConfig, inbound: InboundRequest, answers: Answers | None = None
) -> Receipt:
    """Check access, count the message against the rate limit and store it.

    Raises Changed if the cached endpoint is stale.
    """
    answers = answers or Answers()
    if receipt := precheck(config, inbound, answers):
        return receipt
    decision = admit(config, inbound)
    if decision.is_full:
        return drop(config, decision)
    return store(config, inbound, decision, answers)


def precheck(config: EndpointConfig, inbound: InboundRequest, answers: Answers) -> Receipt | None:
    """The receipt of a message that is rejected, or that only manages a subscription; else None.

    Raises Changed if the cached endpoint is stale.
    """
    if rejection := check_access(config, inbound):
        return rejection
    if config.signature_provider == sns_subscription.PROVIDER and (
        note := sns_subscription.note_of(inbound)
    ):
        return _keep_subscription(config, inbound, note, answers.accepted)
    return None


def admit(config: EndpointConfig, inbound: InboundRequest) -> rate_limit.Decision:
    """Count a message against the rate limit. Where the backlog is full, what may be urgent still
    has room: a tenth more. Raises Changed if the integration was deleted."""
    decision = rate_limit.admit(config.integration_id, config.rate_limit)
    if not decision.is_full or not config.urgent.search(inbound.body[:MAX_LOOKED_AT_BYTES]):
        return decision
    room = settings.INBOUND_BACKLOG_LIMIT + settings.INBOUND_BACKLOG_LIMIT // 10
    waiting = InboundMessage.objects.pending().filter(integration=config.integration_id)[:room]
    return replace(decision, is_full=waiting.count() >= room)


def drop(config: EndpointConfig, decision: rate_limit.Decision) -> Receipt:
    """Count a message that was not stored because the backlog is full."""
    Integration.objects.filter(pk=config.integration_id).update(
        dropped_count=F("dropped_count") + 1
    )
    return Receipt(429, None, BACKLOG_FULL, decision.retry_after)


def store(
    config: EndpointConfig,
    inbound: InboundRequest,
    decision: rate_limit.Decision,
    answers: Answers,
) -> Receipt:
    """Store an authenticated message: due at once, in the backlog, or Failed if it is unreadable.

    Raises Changed if the cached endpoint is stale.
    """
    error = answers.error
    if not error and (problem := inbound.unreadable):
        error = f"Unreadable: {problem}."
    if error:
        return _fail(config, inbound, answers.status(400), error)
    status = answers.accepted if decision.allowed else answers.status(429)
    inbound = replace(inbound, signed_digest=_signed_digest(config, inbound))
    message_id = insert_message(config, inbound, status, ready_at=decision.ready_at)
    if decision.allowed:
        return Receipt(status, message_id)
    limit = f"More than {config.rate_limit} messages a minute; it is kept and worked off later."
    return Receipt(429, message_id, limit, decision.retry_after)


@transaction.atomic
def _fail(config: EndpointConfig, inbound: InboundRequest, status: int, error: str) -> Receipt:
    """Store a message that cannot be read, and count it."""
    message_id = insert_message(config, inbound, status, status=Status.FAILED, reason=error)
    if not inbound.is_test:
        count_unreadable(config.integration_id, timezone.now())
    return Receipt(400, message_id, error)


def check_access(config: EndpointConfig, inbound: InboundRequest) -> Receipt | None:
    """Why a message may not come in: network, credentials, disabled or signature; else None.

    Where what is demanded cannot be read nobody gets in (503), so that senders come again.

    The first 100 rejections of an hour are stored. Raises Changed if the cached endpoint is stale.
    """
    if rejection := check_policy(config, inbound):
        return rejection
    if config.is_signed:
        try:
            _verify(config, inbound)
        except BadSignature as error:
            return reject(config, inbound, 401, f"Signature refused: {error}.")
        except CannotVerify as error:
            return Receipt(503, None, f"{error} Nothing was kept. Please send it again.")
    return None


def check_policy(config: EndpointConfig, inbound: InboundRequest) -> Receipt | None:
    """The same without its signature, which is about the whole body."""
    if config.is_unreadable:
        return Receipt(503, None, SECRETS_UNREADABLE)
    authorization = inbound.headers.get("authorization", "")
    if rejection := config.access.rejection(inbound.remote_address, authorization):
        receipt = reject(config, inbound, rejection.status, rejection.reason)
        return replace(receipt, error=rejection.detail, code=rejection.code)
    if not config.is_enabled:
        return reject(config, inbound, 403, _why_disabled(config))
    return None


def _why_disabled(config: EndpointConfig) -> str:
    if Service.objects.active().filter(pk=config.service_id).exists():
        return "The integration is disabled."
    return "The integration is disabled: its service is archived."


def _verify(config: EndpointConfig, inbound: InboundRequest) -> None:
    signatures.verify(
        config.signature_provider,
        config.signature_secrets,
        inbound.headers,
        inbound.signed,
        timezone.now(),
        **_signed_beside(config, inbound),
    )


def _signed_beside(config: EndpointConfig, inbound: InboundRequest) -> signatures.Options:
    return {
        "url": inbound.url,
        "content_type": inbound.content_type,
        "form": config.signature_form,
    }


def _signed_digest(config: EndpointConfig, inbound: InboundRequest) -> str:
    """By which a replay is known; '' where none is looked for."""
    if not (config.is_signed and config.refuses_replays):
        return ""
    return signatures.signed_digest(
        config.signature_provider,
        inbound.headers,
        inbound.signed,
        **_signed_beside(config, inbound),
    )


def _keep_subscription(
    config: EndpointConfig, inbound: InboundRequest, note: str, status: int
) -> Receipt:
    """It is stored as Ignored; a worker confirms a subscription."""
    with transaction.atomic():
        message_id = insert_message(config, inbound, status, status=Status.IGNORED, reason=note)
        sns_subscription.begin(message_id, inbound)
    return Receipt(status, message_id)


def reject(config: EndpointConfig, inbound: InboundRequest, status: int, reason: str) -> Receipt:
    """Store a message as Rejected, if it is among the first 100 of its hour.

    Raises Changed if the cached endpoint is stale.
    """
    if not rate_limit.keeps_rejection(config.integration_id):
        return Receipt(status, None, reason)
    return Receipt(
        status,
        insert_message(config, inbound, status, status=Status.REJECTED, reason=reason),
        reason,
    )
