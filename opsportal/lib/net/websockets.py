"""WebSocket connections to servers that the portal talks to, for a while.

The connection goes where the policy of addresses lets it, as that of a request does.
"""

import ssl
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import websocket
from django.conf import settings

from opsportal.lib.net import connections
from opsportal.lib.net.errors import DeliveryError

SCHEMES = {"http": "ws", "https": "wss"}
PORTS = {"http": 80, "https": 443}


class Closed(Exception):
    """The other end has closed the connection, or it broke."""


class Line:
    """An open connection, which belongs to one thread at a time."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def receive(self, seconds: float) -> str | None:
        """The next text; None where none came in this time. Raises Closed."""
        self._inner.settimeout(max(seconds, 0.01))
        try:
            text = self._inner.recv()
        except (websocket.WebSocketTimeoutException, TimeoutError):
            return None
        except (websocket.WebSocketException, OSError, ValueError) as error:
            raise Closed(type(error).__name__) from None
        if not text:
            raise Closed("the end")
        return text if isinstance(text, str) else bytes(text).decode(errors="replace")

    def close(self) -> None:
        """Close it; whatever is wrong with it by now does not matter."""
        self._inner.shutdown()


def connect(url: str, *, headers: Mapping[str, str], seconds: float) -> Line:
    """A connection to an address that begins with http:// or https://, within so many seconds.

    Raises DeliveryError, which is never in doubt: nothing was asked for yet.
    """
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or PORTS.get(parts.scheme, 0)
    if parts.scheme not in SCHEMES or not host:
        raise DeliveryError("The URL has to begin with http:// or https://.", permanent=True)
    try:
        line = connections.connect(host, port, seconds)
        if parts.scheme == "https":
            line = _context().wrap_socket(line, server_hostname=host)
        inner = websocket.create_connection(
            parts._replace(scheme=SCHEMES[parts.scheme]).geturl(),
            timeout=seconds,
            socket=line,
            header=[f"{name}: {value}" for name, value in headers.items()],
            redirect_limit=0,
        )
    except websocket.WebSocketBadStatusException as error:
        is_refused = error.status_code in (401, 403)
        raise DeliveryError(
            f"{host} refuses the connection ({error.status_code}).",
            permanent=is_refused,
            provider_fault=True,
        ) from None
    except (websocket.WebSocketException, OSError, ValueError) as error:
        words = getattr(error, "strerror", None) or type(error).__name__
        raise DeliveryError(f"{host} cannot be reached: {words}", provider_fault=True) from None
    return Line(inner)


def _context() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=getattr(settings, "OUTGOING_CA_FILE", "") or None)
