"""A request, cut down to what is kept of it."""

import hashlib
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest

from integrations.inbound import client_ip
from opsportal.lib.text import clean

MOST_HEADERS = 60
LONGEST_HEADER = 2000
MASK = "•••"
SECRET_WORDS = (
    "authorization",
    "cookie",
    "token",
    "secret",
    "api-key",
    "apikey",
    "routing-key",
    "integration-key",
    "password",
)
# The routes on which such a parameter is ours, and not the sender's.
KEY_IN_QUERY = {
    "typed": re.compile(r"((?:^|&)key=)[^&]+"),
    "events": re.compile(r"((?:^|&)key=)[^&]+"),
    "opsgenie": re.compile(r"((?:^|&)api_?key=)[^&]+", re.IGNORECASE),
    "opsgenie-act": re.compile(r"((?:^|&)api_?key=)[^&]+", re.IGNORECASE),
    "heartbeat": re.compile(r"((?:^|&)api_?key=)[^&]+", re.IGNORECASE),
    "goalert": re.compile(r"((?:^|&)(?:token|key|integrationKey|integration_key)=)[^&]+"),
}


class TooLarge(Exception):
    """The body is larger than what is taken, before or after it is unpacked."""


class BadEncoding(Exception):
    """The body is not packed as its header says."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One message as it came. ``signed`` are the bytes that a sender's signature is about, ``url``
    is where the sender believes to have posted them."""

    route: str
    body: bytes
    signed: bytes = b""
    content_type: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    query: str = ""
    remote_address: str | None = None
    is_test: bool = False
    replay_of: int | None = None
    url: str = ""
    method: str = "POST"

    @property
    def digest(self) -> str:
        """The same for the same body."""
        return hashlib.blake2b(self.body, digest_size=16).hexdigest()

    @property
    def masked_headers(self) -> dict[str, str]:
        """The headers without what is secret, for keeping."""
        return {name: MASK if is_secret(name) else value for name, value in self.headers.items()}

    @property
    def masked_query(self) -> str:
        """The parameters without the key of the integration, for keeping."""
        key = KEY_IN_QUERY.get(self.route)
        return key.sub(rf"\1{MASK}", self.query) if key and self.query else self.query

    def with_header(self, name: str, value: str) -> "Arrival":
        return replace(self, headers={**self.headers, name: clean(value)})


def is_secret(name: str) -> bool:
    """Whether a header or field of this name usually holds a secret."""
    lowered = name.lower().replace("_", "-")
    return any(word in lowered for word in SECRET_WORDS)


def arrival_of(request: HttpRequest, route: str, most_bytes: int) -> Arrival:
    """The request, read within bounds. Raises TooLarge or BadEncoding."""
    declared = request.META.get("CONTENT_LENGTH") or "0"
    if declared.isdecimal() and int(declared) > most_bytes:
        raise TooLarge
    raw = request.read(most_bytes + 1)
    if len(raw) > most_bytes:
        raise TooLarge
    encoding = request.META.get("HTTP_CONTENT_ENCODING", "").strip().lower()
    return describe(request, route, unpack(raw, encoding, most_bytes), raw)


def describe(request: HttpRequest, route: str, body: bytes, signed: bytes) -> Arrival:
    """What is kept of the request, with a body that was read from it."""
    return Arrival(
        route=route,
        body=body,
        signed=signed,
        content_type=clean(request.META.get("CONTENT_TYPE", ""))[:200],
        headers=_headers(request.META),
        query=clean(request.META.get("QUERY_STRING", ""))[:2048],
        remote_address=client_ip.address_of(
            request.META.get("REMOTE_ADDR", ""),
            request.META.get("HTTP_X_FORWARDED_FOR", ""),
            _trusted(tuple(settings.TRUSTED_PROXIES)),
        ),
        url=f"{settings.SITE_URL}{request.get_full_path()}",
        method=request.method or "POST",
    )


_trusted = lru_cache(maxsize=4)(client_ip.trusted_of)


def unpack(raw: bytes, encoding: str, most_bytes: int) -> bytes:
    """The body without gzip or deflate. Raises BadEncoding, and TooLarge past ``most_bytes``."""
    if encoding in ("", "identity"):
        return raw
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise BadEncoding(f"Content-Encoding {encoding} is not known; send gzip or none.")
    unpacker = zlib.decompressobj(wbits=47)  # gzip or zlib, as the data says
    try:
        body = unpacker.decompress(raw, most_bytes + 1)
    except zlib.error as error:
        raise BadEncoding(f"The body is not {encoding}: {error}.") from error
    if len(body) > most_bytes:
        raise TooLarge
    if not unpacker.eof:
        raise BadEncoding(f"The {encoding} body is incomplete.")
    return body


def _headers(meta: Mapping[str, str]) -> dict[str, str]:
    found = {
        clean(name[5:].replace("_", "-").lower()): clean(value[:LONGEST_HEADER])
        for name, value in meta.items()
        if name.startswith("HTTP_") and isinstance(value, str)
    }
    return dict(list(found.items())[:MOST_HEADERS])
