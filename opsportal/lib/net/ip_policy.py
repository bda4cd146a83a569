"""Which network addresses the portal talks to. Pure: no look-up happens here."""

from collections.abc import Iterable
from functools import cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# Where a portal may have business once its operator allows it: this machine and its own network.
LOCAL = {
    "the portal's own machine": ("127.0.0.0/8", "::1/128"),
    "a private address": ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"),
    "an address of a carrier's own network": ("100.64.0.0/10",),
}
# Link-local holds the cloud's metadata and its passwords: it has to be listed by name.
# An IPv6 address that wraps an IPv4 one (mapped, NAT64, 6to4, Teredo) could smuggle any of them.
SPECIAL = {
    "a link-local address": ("169.254.0.0/16", "fe80::/10"),
    "a multicast address": ("224.0.0.0/4", "ff00::/8"),
    "an IPv4 address wrapped in IPv6": (
        "::ffff:0:0/96",
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "2001::/32",
        "2002::/16",
    ),
    "a reserved address": (
        "0.0.0.0/8",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "240.0.0.0/4",
        "2001::/23",
        "2001:db8::/32",
        "3fff::/20",
    ),
}
GLOBAL_IPV6 = ip_network("2000::/3")


def refusal(address: str, host: str, *, allow_local: bool, allowed: Iterable[str]) -> str:
    """Why ``host`` must not be reached at ``address``; '' where it may."""
    ip = ip_address(address)
    if _is_listed(ip, host.lower().rstrip("."), tuple(allowed)):
        return ""
    if kind := _kind(ip, LOCAL):
        if allow_local:
            return ""
        mend = "OUTGOING_ALLOW_PRIVATE, or this host in OUTGOING_ALLOWED_HOSTS, would allow it."
    elif kind := _kind(ip, SPECIAL) or _outside_global_ipv6(ip):
        mend = "Its address in OUTGOING_ALLOWED_HOSTS would allow it."
    else:
        return ""
    return f"{host} is {kind} ({ip}), which is not allowed. {mend}"


def _is_listed(ip: Address, host: str, allowed: tuple[str, ...]) -> bool:
    return any(
        ip in entry if not isinstance(entry, str) else _names(entry, host)
        for entry in _entries(allowed)
    )


def _names(entry: str, host: str) -> bool:
    """``.example.com`` names the domain and all below it, as in ``ALLOWED_HOSTS``."""
    return host == entry.lstrip(".") or (entry.startswith(".") and host.endswith(entry))


@cache
def _entries(allowed: tuple[str, ...]) -> list[Network | str]:
    return [_entry(text.strip().lower()) for text in allowed if text.strip()]


def _entry(text: str) -> Network | str:
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return text


@cache
def _networks(texts: tuple[str, ...]) -> list[Network]:
    return [ip_network(text) for text in texts]


def _kind(ip: Address, kinds: dict[str, tuple[str, ...]]) -> str:
    return next(
        (kind for kind, texts in kinds.items() if any(ip in n for n in _networks(texts))), ""
    )


def _outside_global_ipv6(ip: Address) -> str:
    return "a reserved address" if ip.version == 6 and ip not in GLOBAL_IPV6 else ""
