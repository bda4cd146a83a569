"""The sender's IP address behind trusted proxies (X-Forwarded-For)."""

import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from django.conf import settings

from integrations.inbound.access import BadNetwork, Network, is_within, parse_network, plain


def address_of_request(meta: Mapping[str, str]) -> str | None:
    """The sender's address of a request with these headers; None behind a socket without one."""
    peer, forwarded = meta.get("REMOTE_ADDR", ""), meta.get("HTTP_X_FORWARDED_FOR", "")
    return address_of(peer, forwarded, _trusted(tuple(settings.TRUSTED_PROXIES)))


def address_of(peer: str, forwarded: str, trusted: Sequence[Network]) -> str | None:
    """The sender's address. ``X-Forwarded-For`` counts only where a trusted proxy has sent it: of
    its addresses the last one that is not a trusted proxy itself.

    What a client writes into that header stands to the left of it, and is never looked at.
    """
    found = address_in(peer)
    for hop in reversed(forwarded.split(",") if forwarded else []):
        if not is_within(found, trusted):
            break
        before = address_in(hop)
        if before is None:
            break
        found = before
    return found


def address_in(text: str) -> str | None:
    """The address in a text that may have a port or a zone; None where it is something else."""
    text = text.strip().partition("%")[0]
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return str(plain(ipaddress.ip_address(text)))
    except ValueError:
        return None


def trusted_of(texts: Iterable[str]) -> tuple[Network, ...]:
    """The networks of TRUSTED_PROXIES; what cannot be read is trusted by nobody."""
    found = []
    for text in texts:
        try:
            found.append(parse_network(text))
        except BadNetwork:
            continue
    return tuple(found)


_trusted = lru_cache(maxsize=4)(trusted_of)
