"""Who may knock at all: from which addresses, and with which credentials."""

import base64
import binascii
import hmac
import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
MOST_NETWORKS = 100
FORBIDDEN_ADDRESS = "forbidden_address"
CHALLENGE = 'Basic realm="OpsPortal", charset="UTF-8", Bearer realm="OpsPortal"'


class BadNetwork(Exception):
    """A text that is no network; it says how to mend it."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """``says`` goes to who knocked, and tells nothing; ``reason`` goes into the log."""

    status: int
    code: str
    says: str
    reason: str


@dataclass(frozen=True, slots=True)
class Guard:
    """What an integration asks beside its token. Empty: nothing."""

    networks: tuple[Network, ...] = ()
    has_networks: bool = False  # Where none of them can be read, nobody is let in.
    basic: str = ""  # user:password
    bearer: str = ""

    def refusal(self, address: str | None, authorization: str) -> Refusal | None:
        """Why a knock is refused, or None. Basic auth and the bearer token: either will do."""
        if self.has_networks and not is_within(address, self.networks):
            return Refusal(
                403,
                FORBIDDEN_ADDRESS,
                "This address may not send here.",
                f"Address refused: {address or 'an unknown one'} is in no allowed network.",
            )
        if (self.basic or self.bearer) and not self.knows(authorization):
            what = "do not match" if authorization else "are missing"
            says = "The credentials are missing or wrong."
            return Refusal(401, "unauthenticated", says, f"Credentials refused: they {what}.")
        return None

    def networks_only(self) -> "Guard":
        """The same, for who has no way to name credentials."""
        return Guard(self.networks, self.has_networks)

    def knows(self, authorization: str) -> bool:
        """Whether an Authorization header is one of those that are asked for."""
        scheme, _, rest = authorization.strip().partition(" ")
        given, wanted = rest.strip(), ""
        if scheme.lower() == "basic":
            given, wanted = _decoded(given), self.basic
        elif scheme.lower() == "bearer":
            wanted = self.bearer
        # Digests are compared, so that not even the length can be told from the time.
        is_same = hmac.compare_digest(_digest(given), _digest(wanted))
        return is_same and bool(wanted)


def guard_of(networks: Sequence[str], user: str, password: str, bearer: str) -> Guard:
    """The guard that an integration's columns describe."""
    known = []
    for text in networks:
        try:
            known.append(parse_network(text))
        except BadNetwork:
            continue
    basic = f"{user}:{password}" if user or password else ""
    return Guard(tuple(known), bool(networks), basic, bearer)


def parse_network(text: str) -> Network:
    """A network or an address as a network. Raises BadNetwork with the mend."""
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
    """Each once, in its usual form. Raises BadNetwork."""
    found = list(dict.fromkeys(str(parse_network(text)) for text in texts if str(text).strip()))
    if len(found) > MOST_NETWORKS:
        raise BadNetwork(f"At most {MOST_NETWORKS} networks; join some into a wider one.")
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
    """The IPv4 address in an IPv6 one that only wraps it."""
    return getattr(address, "ipv4_mapped", None) or address


def _digest(text: str) -> bytes:
    return sha256(text.encode("utf-8", "surrogateescape")).digest()


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return ""
