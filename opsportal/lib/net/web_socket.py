"""A WebSocket to somebody else's server: where it goes is judged as that of every request.

The proxy is that of the settings and not the environment's, and no redirect is followed.
"""

import base64
import http.client
import socket
import ssl
from urllib.parse import unquote, urlsplit

import websocket
from django.conf import settings

from opsportal.lib.net import connections, deadline
from opsportal.lib.net.errors import DeliveryError

# What reading and writing raise where the line is gone.
GONE = (OSError, websocket.WebSocketException)
WebSocket = websocket.WebSocket
Timeout = websocket.WebSocketTimeoutException


def connect(url: str, seconds: float) -> WebSocket:
    """A line to a ``wss`` URL, within ``seconds``. Raises DeliveryError, which names the host
    alone."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme != "wss" or not host:
        raise DeliveryError("The URL of a WebSocket has to begin with wss://.", permanent=True)
    try:
        line = _line_to(host, parts.port or 443, seconds)
        context = ssl.create_default_context(cafile=settings.OUTGOING_CA_FILE or None)
        line = context.wrap_socket(line, server_hostname=host)
        return websocket.create_connection(
            url, timeout=deadline.remaining(), socket=line, redirect_limit=0
        )
    except ssl.SSLCertVerificationError as error:
        raise DeliveryError(
            f"The certificate of {host} is not trusted: {error.verify_message}.",
            permanent=True,
            provider_fault=True,
        ) from None
    except (*GONE, http.client.HTTPException) as error:
        raise DeliveryError(
            f"{host} cannot be reached by WebSocket: {type(error).__name__}", provider_fault=True
        ) from None


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
