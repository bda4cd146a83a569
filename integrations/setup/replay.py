"""Trying out: the sample through the real path, and messages of the log once more."""

import json
from typing import Any

from django.db import transaction
from django.utils import timezone

from incidents.errors import InvalidRequest
from integrations.engine.adapters import SEEN_AS
from integrations.engine.commands import DEEDS
from integrations.engine.engine import apply, work_now
from integrations.engine.explain_routing import explain
from integrations.engine.reader import Reader, rules_of
from integrations.inbound.endpoint_cache import config_for
from integrations.inbound.receive import receive
from integrations.inbound.request import InboundRequest
from integrations.mapping import rules as mapping
from integrations.models import InboundMessage, Integration
from integrations.setup.samples import sample_of

# Messages that mean something by the route they came on alone.
OWN_WORDS = {*DEEDS, *SEEN_AS}


class _DryRun(Exception):
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


def send_sample(integration_id: int, sample_name: str = "open") -> InboundMessage:
    """Put a sample through the real path, marked as a test, and wait for it: one of its own, or
    one of its template. Raises InvalidRequest where neither has one of this name."""
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
    )
    return _run(integration, inbound)


def replay(message_id: int, *, dry: bool = True) -> Any:
    """The message once more, by today's rules.

    Dry: what would become of it, as a list of results, and nothing is kept. For real: a new
    message that points at the old one. Raises InvalidRequest where its integration or body is gone.
    """
    message = InboundMessage.objects.get(pk=message_id)
    if message.integration is None:
        raise InvalidRequest("The integration of this message is gone.")
    if message.is_body_pruned:
        raise InvalidRequest("What it said was deleted, since it is old: it cannot be replayed.")
    if dry:
        return _dry(message)
    inbound = InboundRequest(
        route=message.route if message.route in OWN_WORDS else "replay",
        body=bytes(message.body),
        content_type=message.content_type,
        headers=message.headers,
        query=message.query,
        is_test=message.is_test,
        replay_of=message.pk,
    )
    return _run(message.integration, inbound)


def _run(integration: Integration, inbound: InboundRequest) -> InboundMessage:
    """The real path, but neither signed nor counted against the rate: a person asked for it."""
    config = config_for(integration).trusted()
    receipt = receive(config, inbound)
    if receipt.message_id is None:
        raise InvalidRequest(receipt.error)
    return work_now(receipt.message_id)


def _dry(message: InboundMessage) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    try:
        with transaction.atomic():
            apply([message], Reader(), timezone.now())
            message.refresh_from_db()
            found = message.results or [
                {"result": message.get_status_display(), "reason": message.reason}
            ]
            raise _DryRun
    except _DryRun:
        return found
