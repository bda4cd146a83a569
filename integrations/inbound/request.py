"""The parts of an HTTP request that a message keeps, read once and within bounds."""

import hashlib
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from integrations.decoding.decode import UNREADABLE, decode
from integrations.errors import UnreadableBody
from integrations.inbound import client_ip
from opsportal.lib.text import clean

MAX_HEADERS = 60
MAX_HEADER_CHARS = 2000
MAX_QUERY_CHARS = 16_384  # A message that comes by GET is all in it.
REDACTED = "•••"
RAW_PATH = "opsportal.raw_path"  # of the environment: the path before it was decoded
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
# Routes whose query holds the integration key, which is redacted before it is stored.
KEY_IN_QUERY = {
    "typed": re.compile(r"((?:^|&)key=)[^&]+"),
    "events": re.compile(r"((?:^|&)key=)[^&]+"),
    "opsgenie": re.compile(r"((?:^|&)api_?key=)[^&]+", re.IGNORECASE),
    "opsgenie-act": re.compile(r"((?:^|&)api_?key=)[^&]+", re.IGNORECASE),
    "heartbeat": re.compile(r"((?:^|&)api_?key=)[^&]+", re.IGNORECASE),
    "goalert": re.compile(r"((?:^|&)(?:token|key|integrationKey|integration_key)=)[^&]+"),
}


class TooLarge(Exception):
    """The body is larger than ``max_bytes``, before or after it is decompressed.

    ``beginning`` is what was read of it, decompressed as far as that works.
    """

    def __init__(self, max_bytes: int, beginning: bytes = b"") -> None:
        super().__init__()
        self.max_bytes, self.beginning = max_bytes, beginning


class BadEncoding(Exception):
    """The body is not compressed as its Content-Encoding says."""


@dataclass(frozen=True)
class InboundRequest:
    """One request as it came. Names of ``headers`` are in lower case.

    ``body`` is compressed as ``encoding`` says; ``signed`` are the bytes on the wire, which a
    signature is about; ``url`` is the public address, which some signatures include.
    """

    route: str
    body: bytes
    signed: bytes = b""
    content_type: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    query: str = ""
    remote_address: str | None = None
    is_test: bool = False
    test_audience: str = ""  # whom the test of an integration notifies (InboundMessage)
    test_user_id: int | None = None
    replay_of: int | None = None
    url: str = ""
    method: str = "POST"
    encoding: str = ""
    signed_digest: str = ""  # by which a replay is known; set once the signature is verified
    is_too_large: bool = False  # ``body`` is its beginning.

    def unpacked(self) -> "InboundRequest":
        """The same with its body decompressed. Raises BadEncoding or TooLarge."""
        if self.is_too_large:
            limit = settings.INBOUND_MAX_BYTES
            raise TooLarge(limit, _beginning(self.body, self.encoding, limit))
        if not self.encoding:
            return self
        body = decompress(self.body, self.encoding, settings.INBOUND_MAX_BYTES)
        return replace(self, body=body, encoding="")

    @property
    def digest(self) -> str:
        """BLAKE2b-128 of the body, in hexadecimal."""
        return hashlib.blake2b(self.body, digest_size=16).hexdigest()

    @property
    def decoded(self) -> Any:
        """The values in the body, as the engine reads them; UNREADABLE if it cannot be decoded."""
        return self._decoding[0]

    @property
    def unreadable(self) -> str:
        """Why the body cannot be decoded; '' if it can. A query excuses an empty body."""
        return "" if self.query and not self.body.strip() else self._decoding[1]

    @cached_property
    def _decoding(self) -> tuple[Any, str]:
        try:
            return decode(self.body, self.content_type), ""
        except UnreadableBody as error:
            return UNREADABLE, str(error)

    @property
    def redacted_headers(self) -> dict[str, str]:
        """The headers as they are stored: without secrets."""
        return {
            name: REDACTED if is_secret(name) else value for name, value in self.headers.items()
        }

    @property
    def redacted_query(self) -> str:
        """The query as it is stored: without the integration key."""
        key = KEY_IN_QUERY.get(self.route)
        return key.sub(rf"\1{REDACTED}", self.query) if key and self.query else self.query

    def with_header(self, name: str, value: str) -> "InboundRequest":
        """A copy with one more header, which the engine finds with the message."""
        copy = replace(self, headers={**self.headers, name: clean(value)})
        if "_decoding" in self.__dict__:  # The body is the same: it is not decoded again.
            copy.__dict__["_decoding"] = self._decoding
        return copy


def is_secret(name: str) -> bool:
    """Whether a header or field of this name usually holds a secret."""
    lowered = name.lower().replace("_", "-")
    return any(word in lowered for word in SECRET_WORDS)


def read_raw(request: HttpRequest, max_bytes: int) -> bytes:
    """At most ``max_bytes`` of the body. The only place that reads the body of a message."""
    return request.read(max_bytes)


def read_request(request: HttpRequest, route: str) -> InboundRequest:
    """The request, not decompressed; of a body that is too large the beginning."""
    max_bytes = settings.INBOUND_MAX_BYTES
    declared = request.META.get("CONTENT_LENGTH") or "0"
    raw = read_raw(request, max_bytes + 1)
    return replace(
        build_request(request, route, raw, raw),
        encoding=request.META.get("HTTP_CONTENT_ENCODING", "").strip().lower(),
        is_too_large=len(raw) > max_bytes or (declared.isdecimal() and int(declared) > max_bytes),
    )


def read_tail(request: HttpRequest, route: str, tail_bytes: int) -> InboundRequest:
    """The request with the last bytes of its body, which may be of any size and is taken as text.

    Of a body larger than INBOUND_MAX_BYTES the rest is not read.
    """
    tail = read_raw(request, settings.INBOUND_MAX_BYTES)[-tail_bytes:]
    return build_request(request, route, tail, tail)


def build_request(request: HttpRequest, route: str, body: bytes, signed: bytes) -> InboundRequest:
    """The request, with a body that was read from it."""
    return InboundRequest(
        route=route,
        body=body,
        signed=signed,
        content_type=clean(request.META.get("CONTENT_TYPE", ""))[:200],
        headers=_headers(request.META),
        query=clean(request.META.get("QUERY_STRING", ""))[:MAX_QUERY_CHARS],
        remote_address=client_ip.address_of_request(request.META),
        url=f"{settings.SITE_URL}{request.get_full_path()}",
        method=request.method or "POST",
    )


def target_of(request: HttpRequest) -> str:
    """The path and query of a request, as they came where the server tells."""
    path, query = request.META.get(RAW_PATH), request.META.get("QUERY_STRING", "")
    if path is None:
        return request.get_full_path()
    return f"{path}?{query}" if query else path


def decompress(raw: bytes, encoding: str, max_bytes: int) -> bytes:
    """The body without gzip or deflate. Raises BadEncoding, or TooLarge past ``max_bytes``."""
    if encoding in ("", "identity"):
        return raw
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise BadEncoding(f"Content-Encoding {encoding} is not known; send gzip or none.")
    decompressor = zlib.decompressobj(wbits=47)  # gzip or zlib, as the data tells
    try:
        body = decompressor.decompress(raw, max_bytes + 1)
    except zlib.error as error:
        raise BadEncoding(f"The body is not {encoding}: {error}.") from error
    if len(body) > max_bytes:
        raise TooLarge(max_bytes, body)
    if not decompressor.eof:
        raise BadEncoding(f"The {encoding} body is incomplete.")
    return body


def _beginning(raw: bytes, encoding: str, max_bytes: int) -> bytes:
    """A body that was cut off, decompressed as far as that works."""
    if encoding in ("", "identity"):
        return raw
    try:
        return zlib.decompressobj(wbits=47).decompress(raw, max_bytes)
    except zlib.error:
        return raw


def _headers(meta: Mapping[str, str]) -> dict[str, str]:
    found = {
        clean(name[5:].replace("_", "-").lower()): clean(value[:MAX_HEADER_CHARS])
        for name, value in meta.items()
        if name.startswith("HTTP_") and isinstance(value, str)
    }
    return dict(list(found.items())[:MAX_HEADERS])
