"""WebSockets to servers of others: where they go is judged as that of every request.

The proxy is that of the settings and not the environment's, and no redirect is followed.
"""

import base64
import http.client
import socket
import ssl
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

import websocket
from django.conf import settings

from opsportal.lib.net import connections, deadline
from opsportal.lib.net.errors import DeliveryError

# What reading and writing raise where the line is gone.
GONE = (OSError, websocket.WebSocketException)
PORTS = {"ws": 80, "wss": 443}
WebSocket = websocket.WebSocket
Timeout = websocket.WebSocketTimeoutException


def connect(url: str, seconds: float, *, headers: Mapping[str, str] | None = None) -> WebSocket:
    """A WebSocket to a ``ws`` or ``wss`` URL, within ``seconds``.

    Raises DeliveryError, which names the host alone and is never in doubt: nothing was asked for.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme not in PORTS or not host:
        raise DeliveryError("The URL has to begin with ws:// or wss://.", permanent=True)
    try:
        line = _line_to(host, parts.port or PORTS[parts.scheme], seconds)
        return _open(line, url, headers or {})
    except ssl.SSLCertVerificationError as error:
        raise DeliveryError(
            f"The certificate of {host} is not trusted: {error.verify_message}.",
            permanent=True,
            provider_fault=True,
        ) from None
    except websocket.WebSocketBadStatusException as error:
        raise DeliveryError(
            f"{host} refuses the connection ({error.status_code}).",
            permanent=error.status_code in (401, 403),
            provider_fault=True,
        ) from None
    except (*GONE, http.client.HTTPException, ValueError) as error:
        words = getattr(error, "strerror", None) or type(error).__name__
        raise DeliveryError(
            f"{host} cannot be reached by WebSocket: {words}", provider_fault=True
        ) from None


def _open(line: socket.socket, url: str, headers: Mapping[str, str]) -> WebSocket:
    """The WebSocket of a line, which is closed where none comes of it."""
    try:
        if url.startswith("wss:"):
            context = ssl.create_default_context(cafile=settings.OUTGOING_CA_FILE or None)
            line = context.wrap_socket(line, server_hostname=urlsplit(url).hostname)
        return websocket.create_connection(
            url,
            timeout=deadline.remaining(),
            socket=line,
            header=[f"{name}: {value}" for name, value in headers.items()],
            redirect_limit=0,
        )
    except BaseException:
        line.close()
        raise


def _line_to(host: str, port: int, seconds: float) -> socket.socket:
    if not settings.OUTGOING_PROXY:
        return connections.connect(host, port, seconds)
    deadline.start(seconds)
    proxy = urlsplit(settings.OUTGOING_PROXY)
    tunnel = http.client.HTTPConnection(proxy.hostname or "", proxy.port or 80, timeout=seconds)
    headers = {}
    if proxy.username:
        login = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}".encode()
        headers["Proxy-Authorization"] = "Basic " + base64.b64encode(login).decode()
    tunnel.set_tunnel(host, port, headers)
    tunnel.connect()
    return tunnel.sock


class Closed(Exception):
    """The other end has closed the connection, or it broke."""


def receive(line: WebSocket, seconds: float) -> str | None:
    """The next text; None where none came in this time. Raises Closed."""
    line.settimeout(max(seconds, 0.01))
    try:
        text = line.recv()
    except (Timeout, TimeoutError):
        return None
    except (*GONE, ValueError) as error:
        raise Closed(type(error).__name__) from None
    if not text:
        raise Closed("the end")
    return text if isinstance(text, str) else bytes(text).decode(errors="replace")


def close(line: WebSocket) -> None:
    """Close it, also where its other end did so before: ``WebSocket.close`` alone would leave the
    socket open then. Raises what ``GONE`` names."""
    try:
        line.close(timeout=0)
    finally:
        line.shutdown()  # type: ignore[no-untyped-call]
