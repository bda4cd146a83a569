"""ASGI to WSGI: the environment of a request (PEP 3333) whose body was read already."""

import io
import sys
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from integrations.inbound.access import Network, is_within
from integrations.inbound.client_ip import address_in
from integrations.inbound.request import RAW_PATH

BASE: Mapping[str, Any] = {
    "SCRIPT_NAME": "",
    "SERVER_SOFTWARE": "OpsPortal",
    "wsgi.version": (1, 0),
    "wsgi.errors": sys.stderr,
    "wsgi.multithread": True,
    "wsgi.multiprocess": True,
    "wsgi.run_once": False,
    "wsgi.input_terminated": True,
}
MAX_CACHED_NAMES = 500
# What a proxy says of its client; from anybody else it is a claim.
FORWARDED = (b"x-forwarded-", b"forwarded", b"x-real-ip", b"x-url-scheme", b"x-scheme")
_names: dict[bytes, str] = {b"content-type": "CONTENT_TYPE", b"content-length": "CONTENT_LENGTH"}


def headers_of(scope: Mapping[str, Any]) -> dict[bytes, bytes]:
    """The headers by their names in lower case; those that stand there twice are joined.

    Names with an underscore are left out: in the environment they would pass for others.
    """
    found: dict[bytes, bytes] = {}
    for name, value in scope["headers"]:
        if name in found:
            found[name] += (b"; " if name == b"cookie" else b",") + value
        elif b"_" not in name:
            found[name] = value
    return found


def without_claims(
    scope: Mapping[str, Any], headers: dict[bytes, bytes], trusted: Sequence[Network]
) -> dict[bytes, bytes]:
    """The headers without those of a proxy, unless the peer is one of ``trusted``."""
    peer, _ = scope.get("client") or ("", 0)
    if is_within(address_in(peer), trusted):
        return headers
    return {name: value for name, value in headers.items() if not name.startswith(FORWARDED)}


def environ_of(
    scope: Mapping[str, Any], headers: Mapping[bytes, bytes], body: bytes
) -> dict[str, Any]:
    """The environment; ``CONTENT_LENGTH`` is that of the bytes in hand."""
    server = scope.get("server") or ("localhost", 80)
    client = scope.get("client") or ("", 0)
    environ = {
        **BASE,
        "REQUEST_METHOD": scope["method"],
        "PATH_INFO": scope["path"].encode().decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        RAW_PATH: (scope.get("raw_path") or quote(scope["path"]).encode()).decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1]),
        "REMOTE_ADDR": client[0],
        "wsgi.url_scheme": scope["scheme"],
    }
    for name, value in headers.items():
        environ[_names.get(name) or _environ_name(name)] = value.decode("latin-1")
    environ.pop("HTTP_TRANSFER_ENCODING", None)  # There are no chunks any more.
    environ["wsgi.input"] = io.BytesIO(body)
    environ["CONTENT_LENGTH"] = str(len(body))
    return environ


def _environ_name(name: bytes) -> str:
    key = "HTTP_" + name.decode("latin-1").upper().replace("-", "_")
    if len(_names) < MAX_CACHED_NAMES:
        _names[name] = key
    return key
