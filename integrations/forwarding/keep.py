"""Keep what was posted, to be forwarded: one INSERT after the message is stored.

The message is safe before this begins, so that nothing that goes wrong here refuses it.
"""

import logging
import re
from typing import Any

from django.db import DatabaseError, InterfaceError
from django.utils import timezone

from integrations.inbound.endpoint_cache import EndpointConfig
from integrations.inbound.receive import Receipt
from integrations.inbound.request import InboundRequest
from integrations.models import Forward
from opsportal.lib.text import clean

logger = logging.getLogger(__name__)
MARK = "x-opsportal-forwarded"  # What has it was forwarded once, and goes no further.
# Of this hop alone, or about whoever came here; cookies open this portal.
NOT_FORWARDED = frozenset(
    (
        *("host", "connection", "keep-alive", "proxy-connection", "te", "trailer", "upgrade"),
        *("transfer-encoding", "content-length", "expect", "accept-encoding", "via"),
        *("proxy-authorization", "proxy-authenticate", "cookie", "forwarded", "x-real-ip"),
        *("x-url-scheme", "x-scheme", MARK),
    )
)
OF_PROXIES = "x-forwarded-"
API_KEY = re.compile(r"\bsk_live_")  # It opens this portal.
STORED = (400, 429)  # Stored, although it was refused: the key was right.


def keep(
    config: EndpointConfig, inbound: InboundRequest, receipt: Receipt, target: str
) -> Forward | None:
    """Let a message that was stored be forwarded, where its integration says so; never raises.

    ``inbound`` is the request as it came, ``target`` the path and query of it. None where it is
    not forwarded.
    """
    if receipt.message_id is None or not is_forwarded(config, inbound, receipt):
        return None
    request: Any = {"target": clean(target), "headers": forwarded_headers(inbound)}
    try:
        return Forward.objects.create(
            message_id=receipt.message_id,
            integration_id=config.integration_id,
            method=inbound.method,
            request=request,
            body=inbound.body,
        )
    except (DatabaseError, InterfaceError):
        logger.exception("Message %s is stored, and cannot be forwarded", receipt.message_id)
        return None


def is_forwarded(config: EndpointConfig, inbound: InboundRequest, receipt: Receipt) -> bool:
    """Whether a message that was stored goes to the old pager: that of a sender who may send."""
    until = config.forward_until
    if until is None or until <= timezone.now() or MARK in inbound.headers:
        return False
    return receipt.is_accepted or receipt.status in STORED


def forwarded_headers(inbound: InboundRequest) -> dict[str, str]:
    """The headers that the old pager gets: those of the sender, without those of this hop."""
    found = {name: value for name, value in inbound.headers.items() if _is_of_sender(name, value)}
    return {"content-type": inbound.content_type, **found} if inbound.content_type else found


def _is_of_sender(name: str, value: str) -> bool:
    is_of_hop = name in NOT_FORWARDED or name.startswith(OF_PROXIES)
    return not is_of_hop and not API_KEY.search(value)
