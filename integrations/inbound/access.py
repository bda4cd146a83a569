"""Access control of inbound endpoints: IP networks (CIDR), HTTP Basic and Bearer credentials."""

import base64
import binascii
import hmac
import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
MAX_NETWORKS = 100
FORBIDDEN_ADDRESS = "forbidden_address"
CHALLENGE = 'Basic realm="OpsPortal", charset="UTF-8", Bearer realm="OpsPortal"'


class BadNetwork(Exception):
    """A text that is no IP network. The message says how to mend it."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why access is denied. ``detail`` goes to the sender and gives nothing away, ``reason`` goes
    into the inbound log."""

    status: int
    code: str
    detail: str
    reason: str


@dataclass(frozen=True, slots=True)
class AccessPolicy:
    """What an integration demands beside its key. Empty: nothing."""

    networks: tuple[Network, ...] = ()
    has_networks: bool = False  # If none of the networks can be parsed, every address is rejected.
    basic: str = ""  # “user:password”
    bearer: str = ""

    def rejection(self, address: str | None, authorization: str) -> Rejection | None:
        """Why a request is rejected, or None. Of Basic and Bearer either will do."""
        if self.has_networks and not is_within(address, self.networks):
            return Rejection(
                403,
                FORBIDDEN_ADDRESS,
                "This address may not send here.",
                f"Address refused: {address or 'an unknown one'} is in no allowed network.",
            )
        if (self.basic or self.bearer) and not self.matches(authorization):
            what = "do not match" if authorization else "are missing"
            detail = "The credentials are missing or wrong."
            return Rejection(401, "unauthenticated", detail, f"Credentials refused: they {what}.")
        return None

    def networks_only(self) -> "AccessPolicy":
        """The policy without credentials, for transports that have none (SMTP)."""
        return AccessPolicy(self.networks, self.has_networks)

    def matches(self, authorization: str) -> bool:
        """Whether an ``Authorization`` header holds one of the credentials. Constant time."""
        scheme, _, rest = authorization.strip().partition(" ")
        given, wanted = rest.strip(), ""
        if scheme.lower() == "basic":
            given, wanted = _decoded(given), self.basic
        elif scheme.lower() == "bearer":
            wanted = self.bearer
        # Digests are compared, so that not even the length shows in the time.
        is_same = hmac.compare_digest(_digest(given), _digest(wanted))
        return is_same and bool(wanted)


def policy_for(networks: Sequence[str], user: str, password: str, bearer: str) -> AccessPolicy:
    """The policy in an integration's columns. Networks that cannot be parsed match no address."""
    known = []
    for text in networks:
        try:
            known.append(parse_network(text))
        except BadNetwork:
            continue
    basic = f"{user}:{password}" if user or password else ""
    return AccessPolicy(tuple(known), bool(networks), basic, bearer)


def parse_network(text: str) -> Network:
    """A network, or an address as a network of one. Raises BadNetwork."""
    text = str(text).strip()
    try:
        return ipaddress.ip_network(text)
    except ValueError:
        pass
    try:
        wider = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise BadNetwork(
            f"“{text[:60]}” is no address and no network; write 192.0.2.7, 192.0.2.0/24 "
            "or 2001:db8::/32."
        ) from None
    raise BadNetwork(f"“{text}” is an address within a network; did you mean {wider}?")


def tidy_networks(texts: Iterable[str]) -> list[str]:
    """Each network once, in canonical form. Raises BadNetwork, also for more than 100."""
    found = list(dict.fromkeys(str(parse_network(text)) for text in texts if str(text).strip()))
    if len(found) > MAX_NETWORKS:
        raise BadNetwork(f"At most {MAX_NETWORKS} networks; join some into a wider one.")
    return found


def is_within(address: str | None, networks: Iterable[Network]) -> bool:
    """Whether the address is known and in one of the networks."""
    try:
        known = plain(ipaddress.ip_address(address or ""))
    except ValueError:
        return False
    return any(known in network for network in networks)


def plain(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The IPv4 address of an IPv4-mapped IPv6 address (RFC 4291, 2.5.5.2); others unchanged."""
    return getattr(address, "ipv4_mapped", None) or address


def _digest(text: str) -> bytes:
    return sha256(text.encode("utf-8", "surrogateescape")).digest()


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return ""
