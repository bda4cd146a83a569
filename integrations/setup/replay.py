"""Preview and replay: samples and stored messages once more, kept or as a dry run."""

import json
from typing import Any

from django.db import transaction
from django.utils import timezone

from incidents.errors import InvalidRequest
from incidents.models import User
from integrations.engine.adapters import ADAPTERS
from integrations.engine.commands import COMMAND_HANDLERS
from integrations.engine.engine import process_now, try_first_slice
from integrations.engine.explain_routing import explain
from integrations.engine.opening import rules_of
from integrations.engine.pipeline import MessageParser
from integrations.inbound.endpoint_cache import config_for
from integrations.inbound.receive import receive
from integrations.inbound.request import InboundRequest
from integrations.mapping import rules as mapping
from integrations.models import EventResult, InboundMessage, Integration, Result
from integrations.setup.samples import sample_of

TestAudience = InboundMessage.TestAudience
# Routes that a replay keeps: what their messages mean depends on them.
KEPT_ROUTES = {*COMMAND_HANDLERS, *ADAPTERS}


class _Rollback(Exception):
    """Ends a transaction that nobody wants to keep."""


def preview(
    rules: Integration | dict[str, Any],
    body: Any,
    headers: dict[str, str] | None = None,
    routing: dict[str, Any] | None = None,
) -> list[dict[str, Any]]:
    """What each field becomes for this body, and which condition fires, for each event.

    With ``routing`` also where it is led if it comes now. Raises RulesError or
    UnrecognizedPayload.
    """
    compiled = rules_of(rules) if isinstance(rules, Integration) else mapping.compile(rules)
    received = mapping.Received(body, headers or {})
    events = compiled.explain(received)
    if routing is None:
        return events
    number = rules.pk if isinstance(rules, Integration) else 0
    ways = explain(compiled, routing, received, number, timezone.now())
    return [event | {"routing": way} for event, way in zip(events, ways, strict=True)]


def send_sample(
    integration_id: int,
    sample_name: str = "open",
    *,
    audience: str = TestAudience.EVERYONE,
    by: User | None = None,
) -> InboundMessage:
    """Put a sample through the real path, marked as a test, and wait for it: one of its own, or
    one of its template.

    ``audience`` says whom it notifies: nobody, ``by`` alone, or whoever a real alert would. Raises
    InvalidRequest where there is no sample of this name, or nobody to notify alone.
    """
    if audience == TestAudience.ME and by is None:
        raise InvalidRequest("audience: “me” needs a person who asks.")
    integration = Integration.objects.get(pk=integration_id)
    sample = sample_of(integration, sample_name)
    if sample is None:
        raise InvalidRequest(f"sample: there is none that begins with “{sample_name}”.")
    inbound = InboundRequest(
        route="test",
        body=sample.raw or json.dumps(sample.body).encode(),
        content_type=sample.content_type,
        headers=sample.headers,
        is_test=True,
        test_audience=audience,
        test_user_id=by.pk if by else None,
    )
    return _run(integration, inbound)


def dry_run(message_id: int) -> list[EventResult]:
    """What would become of each event of the message by today's rules. Nothing is kept.

    Raises InvalidRequest where it cannot be replayed.
    """
    message, _ = _replayable(message_id)
    return _dry_run(message)


def replay(message_id: int) -> InboundMessage:
    """The message once more, by today's rules: a new message that points at the old one.

    Raises InvalidRequest where it cannot be replayed.
    """
    message, integration = _replayable(message_id)
    inbound = InboundRequest(
        route=message.route if message.route in KEPT_ROUTES else "replay",
        body=bytes(message.body),
        content_type=message.content_type,
        headers=message.headers,
        query=message.query,
        is_test=message.is_test,
        test_audience=message.test_audience,
        test_user_id=message.test_user_id,
        replay_of=message.pk,
    )
    return _run(integration, inbound)


def _replayable(message_id: int) -> tuple[InboundMessage, Integration]:
    message = InboundMessage.objects.get(pk=message_id)
    if message.integration is None:
        raise InvalidRequest("The integration of this message is gone.")
    if message.is_body_pruned:
        raise InvalidRequest("What it said was deleted, since it is old: it cannot be replayed.")
    return message, message.integration


def _run(integration: Integration, inbound: InboundRequest) -> InboundMessage:
    """The real path, but neither signed nor counted against the rate limit."""
    config = config_for(integration).trusted()
    receipt = receive(config, inbound)
    if receipt.message_id is None:
        raise InvalidRequest(receipt.error)
    return process_now(receipt.message_id)


def _dry_run(message: InboundMessage) -> list[EventResult]:
    found: list[EventResult] = []
    try:
        with transaction.atomic():
            try_first_slice(message, MessageParser(), timezone.now())
            message.refresh_from_db()
            is_failed = message.status == InboundMessage.Status.FAILED
            result = Result.UNREADABLE if is_failed else Result.IGNORED
            found = message.event_results or [EventResult(result, message.reason)]
            raise _Rollback
    except _Rollback:
        return found
