"""A tool asks before it sends: it is answered at once, and the log says so."""

from dataclasses import replace

from integrations.catalog import handshakes
from integrations.catalog.handshakes import HandshakeRequest, Reply
from integrations.decoding import decode
from integrations.errors import UnreadableBody
from integrations.inbound import access, rate_limit
from integrations.inbound.endpoint_cache import Door
from integrations.inbound.receive import keep
from integrations.inbound.request import Arrival
from integrations.models import InboundMessage

LARGEST = 65_536
ROUTE = "handshake"


def shake(door: Door, arrival: Arrival) -> Reply | None:
    """The reply to a handshake of the door's template; None for everything else.

    No credentials are asked for: an echo tells nothing, and few tools send theirs along.
    Raises ``Changed`` where the door is stale.
    """
    if not handshakes.accepts_method(door.handshake, arrival.method) or not _may_ask(door, arrival):
        return None
    reply = handshakes.reply_to(door.handshake, _question(arrival))
    if reply is not None and rate_limit.keeps_rejected(door.integration_id):
        status = InboundMessage.Status.IGNORED
        keep(door, replace(arrival, route=ROUTE), 200, status=status, reason=reply.note)
    return reply


def _may_ask(door: Door, arrival: Arrival) -> bool:
    if not door.is_enabled or len(arrival.body) > LARGEST:
        return False
    networks = door.guard.networks
    return not door.guard.has_networks or access.is_within(arrival.remote_address, networks)


def _question(arrival: Arrival) -> HandshakeRequest:
    try:
        body = decode.decode(arrival.body, arrival.content_type) if arrival.body else None
    except UnreadableBody:
        body = None
    return HandshakeRequest(arrival.method, arrival.headers, body)
