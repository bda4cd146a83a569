"""Trying out: the sample through the real path, and messages of the log once more."""

from dataclasses import replace
from typing import Any

import orjson
from django.db import transaction
from django.utils import timezone

from incidents.errors import InvalidRequest
from integrations import mapping
from integrations.arrival import Arrival
from integrations.catalog import all_templates
from integrations.doors import door_of
from integrations.models import InboundMessage, Integration
from integrations.reading import Reader, rules_of
from integrations.verbs.receiving import receive
from integrations.verbs.working import apply, work_now


class _DryRun(Exception):
    """Ends a transaction that nobody wants to keep."""


def preview(
    rules: Integration | dict[str, Any], body: Any, headers: dict[str, str] | None = None
) -> list[dict[str, Any]]:
    """What each field becomes for this body, and which condition fires, for each event.

    Raises RulesError or UnrecognizedPayload.
    """
    compiled = rules_of(rules) if isinstance(rules, Integration) else mapping.compile(rules)
    return compiled.explain(mapping.Received(body, headers or {}))


def send_sample(integration_id: int, sample_name: str = "open") -> InboundMessage:
    """Put a sample of the template through the real path, marked as a test, and wait for it."""
    integration = Integration.objects.get(pk=integration_id)
    template = all_templates().get(integration.template)
    samples = template.samples if template else []
    sample = next((s for s in samples if s.name.startswith(sample_name)), None)
    if sample is None:
        raise InvalidRequest(f"sample: this template has none that begins with “{sample_name}”.")
    arrival = Arrival(
        route="test",
        body=orjson.dumps(sample.body),
        content_type="application/json",
        headers=sample.headers,
        is_test=True,
    )
    return _run(integration, arrival)


def replay(message_id: int, *, dry: bool = True) -> Any:
    """The message once more, by today's rules.

    Dry: what would become of it, as a list of outcomes, and nothing is kept. For real: a new
    message that points at the old one.
    """
    message = InboundMessage.objects.get(pk=message_id)
    if message.integration is None:
        raise InvalidRequest("The integration of this message is gone.")
    if dry:
        return _dry(message)
    arrival = Arrival(
        route="replay",
        body=bytes(message.body),
        content_type=message.content_type,
        headers=message.headers,
        query=message.query,
        is_test=message.is_test,
        replay_of=message.pk,
    )
    return _run(message.integration, arrival)


def _run(integration: Integration, arrival: Arrival) -> InboundMessage:
    """The real path, but neither signed nor counted against the rate: a person asked for it."""
    door = replace(door_of(integration), signature_secret="", rate_limit=0)
    receipt = receive(door, arrival)
    if receipt.message_id is None:
        raise InvalidRequest(receipt.error)
    return work_now(receipt.message_id)


def _dry(message: InboundMessage) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    try:
        with transaction.atomic():
            apply([message], Reader(), timezone.now())
            message.refresh_from_db()
            found = message.outcomes or [
                {"result": message.get_status_display(), "reason": message.reason}
            ]
            raise _DryRun
    except _DryRun:
        return found
