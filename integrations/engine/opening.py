"""A stored message → its body, decoded, and the shape by whose rules its events are made."""

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import parse_qsl

from integrations.decoding import decode
from integrations.engine.adapters import adapt
from integrations.engine.filtered_ends import Candidate, Reading, read_candidates
from integrations.engine.parsed import OpenMessage, ParsedEvent
from integrations.errors import NotAccepted
from integrations.mail.auto_replies import auto_reply_events
from integrations.mapping import rules as mapping
from integrations.models import InboundMessage, Integration

MAX_CACHED_RULES = 2000
# Header with the key that we made for an event without one, and answered to its sender.
MADE_KEY = "x-opsportal-dedup-key"
_compiled: dict[tuple[int, datetime], mapping.Rules] = {}


def rules_of(integration: Integration) -> mapping.Rules:
    """The compiled rules of the integration as it is now."""
    key = (integration.pk, integration.changed_at)
    if key not in _compiled:
        if len(_compiled) > MAX_CACHED_RULES:
            _compiled.clear()
        _compiled[key] = mapping.compile(integration.rules)
    return _compiled[key]


def received_of(message: InboundMessage) -> mapping.Received:
    """The message as rules see it. Raises UnreadableBody."""
    query = dict(parse_qsl(message.query, keep_blank_values=True))
    body = decode.decode(bytes(message.body), message.content_type, query)
    body = adapt(message.route, body, message.headers)
    made_key = message.headers.get(MADE_KEY)
    if made_key and isinstance(body, dict) and not body.get("dedup_key"):
        body = {**body, "dedup_key": made_key}
    return mapping.Received(body, message.headers, query, message.received_at)


def open_message(message: InboundMessage, integrations: Sequence[Integration]) -> OpenMessage:
    """By the rules of the first enabled integration on the URL whose filters accept the message.

    Raises UnreadableBody, NotAccepted, UnrecognizedPayload and RulesError.
    """
    received, refusals = received_of(message), []
    for integration in integrations:
        rules = rules_of(integration)
        refusal = rules.filter_refusal(received)
        if refusal is None:
            return _matched(message, integration, rules, received)
        refusals.append(f"{integration.name}: {refusal}")
    raise NotAccepted("; ".join(refusals) or "No enabled integration is left on this URL")


def read_for_all(message: InboundMessage, candidates: Sequence[Candidate]) -> list[Reading]:
    """What the message would be to each; nothing for a mail that no monitoring has sent.

    Raises UnreadableBody and RulesError.
    """
    received = received_of(message)
    if auto_reply_events(message.content_type, received.body):
        return []
    return read_candidates(received, candidates)


def _matched(
    message: InboundMessage,
    integration: Integration,
    rules: mapping.Rules,
    received: mapping.Received,
) -> OpenMessage:
    """With the events of the rules; of a mail that no monitoring has sent, one that reports
    nothing."""
    if unwanted := auto_reply_events(message.content_type, received.body):
        events = list(unwanted)
        return OpenMessage(integration, len(events), lambda place: ParsedEvent(events[place]))
    variant, scopes = rules.match(received)

    def event(place: int) -> ParsedEvent:
        return ParsedEvent(variant.event(scopes[place], place), scopes[place], variant.name)

    return OpenMessage(integration, len(scopes), event)
