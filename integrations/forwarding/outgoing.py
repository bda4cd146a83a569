"""What is sent to the old pager: the request as it came, with that pager's own key if it has one.

Pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

from integrations.forwarding.keep import MARK
from integrations.inbound.request import BadEncoding, TooLarge, decompress

ENCODING = "content-encoding"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One request to the old pager. Names of ``headers`` are in lower case."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes


def url_of(address: str, target: str) -> str:
    """Where a message goes: the address of the old pager with the path and query that were posted
    to; where the address has a path of its own, it is taken as it stands, with that query."""
    place, came = urlsplit(address), urlsplit(f"//host{target}")
    path = place.path if place.path.strip("/") else came.path
    return urlunsplit((place.scheme, place.netloc, path, place.query or came.query, ""))


def with_key(request: Outgoing, ours: Sequence[str], theirs: str, max_bytes: int) -> Outgoing:
    """The request with the key of the old pager wherever one of ours stands: in the address,
    headers and body, which is decompressed for it. Unchanged where there is no such key."""
    if not theirs:
        return request
    url, body, headers = request.url, request.body, dict(request.headers)
    try:
        body = decompress(body, headers.get(ENCODING, "").strip().lower(), max_bytes)
        headers.pop(ENCODING, None)
    except (BadEncoding, TooLarge):
        pass  # The old pager refuses it as it is.
    for key in ours:
        url, body = url.replace(key, theirs), body.replace(key.encode(), theirs.encode())
        headers = {name: value.replace(key, theirs) for name, value in headers.items()}
    return Outgoing(request.method, url, headers, body)


def marked(headers: dict[str, str]) -> dict[str, str]:
    """The headers with the mark by which a message that comes back goes no further."""
    return {**headers, MARK: "1"}
