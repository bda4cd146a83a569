"""Verification requests of vendors (challenge and response), answered before a message comes."""

from dataclasses import replace

from integrations.catalog import handshakes
from integrations.catalog.handshakes import HandshakeRequest, Reply
from integrations.decoding.decode import UNREADABLE
from integrations.inbound import access, rate_limit
from integrations.inbound.endpoint_cache import EndpointConfig
from integrations.inbound.insert import insert_message
from integrations.inbound.request import InboundRequest
from integrations.models import InboundMessage

MAX_BODY_BYTES = 65_536
ROUTE = "handshake"


def handle_handshake(config: EndpointConfig, inbound: InboundRequest) -> Reply | None:
    """The reply to a verification request of the template; None if the request is none.

    It is stored as Ignored. No credentials are demanded: an echo gives nothing away, and few tools
    send theirs along. Raises Changed if the cached endpoint is stale.
    """
    if not handshakes.accepts_method(config.handshake, inbound.method):
        return None
    if not _is_allowed(config, inbound):
        return None
    reply = handshakes.reply_to(config.handshake, _handshake_request(inbound))
    if reply is not None and rate_limit.keeps_rejection(config.integration_id):
        status = InboundMessage.Status.IGNORED
        insert_message(config, replace(inbound, route=ROUTE), 200, status=status, reason=reply.note)
    return reply


def _is_allowed(config: EndpointConfig, inbound: InboundRequest) -> bool:
    if not config.is_enabled or len(inbound.body) > MAX_BODY_BYTES:
        return False
    networks = config.access.networks
    return not config.access.has_networks or access.is_within(inbound.remote_address, networks)


def _handshake_request(inbound: InboundRequest) -> HandshakeRequest:
    body = inbound.decoded if inbound.body else None
    return HandshakeRequest(inbound.method, inbound.headers, None if body is UNREADABLE else body)
