"""Pings of heartbeats, as every endpoint that takes them records them."""

from collections.abc import Iterable
from functools import partial

from integrations.heartbeats import pings
from integrations.heartbeats.schedule import TEMPLATE
from integrations.heartbeats.state import Ping, is_browser
from integrations.inbound.endpoint_cache import EndpointConfig, endpoint_cache
from integrations.inbound.receive import Receipt
from integrations.inbound.request import InboundRequest
from integrations.inbound.retry import retry_stale


def is_heartbeat(config: EndpointConfig | None) -> bool:
    return config is not None and config.template == TEMPLATE


def ping_of(inbound: InboundRequest) -> Ping:
    """A success; it does not count if a browser or a link preview sent it."""
    return Ping(counts=not is_browser(inbound.method, inbound.headers))


def record(config: EndpointConfig, inbound: InboundRequest) -> Receipt | None:
    """Record a ping; None if the integration is no heartbeat. Raises Changed."""
    return pings.record_ping(config, ping_of(inbound), inbound)


def record_by_keys(
    keys: Iterable[str], inbound: InboundRequest, ping: Ping | None = None
) -> Receipt | None:
    """Record a ping for the first heartbeat that has one of the keys; None if there is none."""
    signal = ping or ping_of(inbound)
    for key in keys:
        receipt = retry_stale(partial(_record_by_key, key, signal, inbound))
        if receipt is not None:
            return receipt
    return None


def _record_by_key(key: str, ping: Ping, inbound: InboundRequest) -> Receipt | None:
    config = endpoint_cache.by_token(key)
    return pings.record_ping(config, ping, inbound) if config else None
