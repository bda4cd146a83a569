"""Connections that look where they go.

The address is judged and connected to in one step: there is no second look-up that could answer
otherwise. Everything that fails here failed before a byte of the request was sent, so it is never
in doubt. What fails later may have arrived.
"""

import queue
import socket
import ssl
import threading
import time
from typing import Any

from django.conf import settings
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError

from opsportal.lib.net import deadline
from opsportal.lib.net.errors import DeliveryError
from opsportal.lib.net.ip_policy import refusal

# `_new_conn` and `_dns_host` are its own affair.
CHECKED_AGAINST = "urllib3==2.8.0"

CONNECT_TIMEOUT_S = 3.05
MAX_ADDRESSES = 3
# Many servers hang up after five idle seconds. A post that crosses the hang-up is lost in doubt.
MAX_IDLE_S = 4.0


def refusal_of(address: str, host: str) -> str:
    """Why the settings do not let ``host`` be reached at ``address``; '' where they do."""
    return refusal(
        address,
        host,
        allow_local=settings.OUTGOING_ALLOW_PRIVATE,
        allowed=settings.OUTGOING_ALLOWED_HOSTS,
    )


class TimelyHTTP(HTTPConnection):
    """Ends in time, and tells what failed before the request from what failed after it."""

    response_class = deadline.Response
    _used_at = 0.0

    def connect(self) -> None:
        """Raises DeliveryError for whatever goes wrong, as nothing was sent yet."""
        try:
            super().connect()
        except ssl.SSLCertVerificationError as error:
            raise _untrusted(self.host, error.verify_message) from None
        except UnicodeError:
            raise DeliveryError("The URL holds no usable host name.", permanent=True) from None
        except (OSError, HTTPError) as error:
            raise DeliveryError(
                f"{self.host} cannot be reached: {_words(error)}", provider_fault=True
            ) from None

    def request(self, *args: Any, **kwargs: Any) -> None:
        self._used_at = time.monotonic()
        super().request(*args, **kwargs)

    @property
    def is_connected(self) -> bool:
        return time.monotonic() - self._used_at < MAX_IDLE_S and super().is_connected


class CheckedHTTP(TimelyHTTP):
    """Goes to the very address that was looked up and found allowed."""

    def _new_conn(self) -> socket.socket:
        return _reach(self._dns_host.strip("[]"), self.port, self.socket_options)


class TimelyHTTPS(TimelyHTTP, HTTPSConnection):
    """The same over TLS. The certificate is verified for the name, not for the address."""


class CheckedHTTPS(CheckedHTTP, HTTPSConnection):
    """The same over TLS. The certificate is verified for the name, not for the address."""


class _TimelyPool(HTTPConnectionPool):
    ConnectionCls = TimelyHTTP


class _TimelyTLSPool(HTTPSConnectionPool):
    ConnectionCls = TimelyHTTPS


class _CheckedPool(HTTPConnectionPool):
    ConnectionCls = CheckedHTTP


class _CheckedTLSPool(HTTPSConnectionPool):
    ConnectionCls = CheckedHTTPS


DIRECT = {"http": _CheckedPool, "https": _CheckedTLSPool}
# The operator chose the proxy, and it is the proxy that looks up where the request goes.
BY_PROXY = {"http": _TimelyPool, "https": _TimelyTLSPool}


def connect(host: str, port: int, seconds: float) -> socket.socket:
    """A socket to a server that speaks something else than HTTP; to wait on it lasts at most
    ``seconds`` each time. Raises DeliveryError where the settings do not let it be reached,
    OSError where it cannot be, and TimeoutError where its name is not found in time."""
    deadline.start(seconds)
    line = connect_allowed(host, port)
    line.settimeout(seconds)
    return line


def connect_allowed(host: str, port: int) -> socket.socket:
    """A socket to a server, within this thread's deadline. Raises DeliveryError where the settings
    do not let it be reached, OSError where it cannot be, and TimeoutError where its name is not
    found in time."""
    return _reach(host.strip("[]"), port)


def connect_unchecked(host: str, port: int, seconds: float) -> socket.socket:
    """A socket to a server that the operator named, within this thread's deadline.

    Each of its addresses is tried for ``seconds`` at most. Raises OSError where it cannot be
    reached, and TimeoutError where its name is not found in time.
    """
    failure = OSError("it has no address")
    for entry in _look_up(host, port)[:MAX_ADDRESSES]:
        try:
            return _dial(entry, None, seconds)
        except OSError as error:
            failure = error
    raise failure


def _reach(host: str, port: int, options: Any = None) -> socket.socket:
    failure = OSError("it has no address")
    for entry in _allowed(_look_up(host, port), host):
        try:
            return _dial(entry, options)
        except OSError as error:
            failure = error
    raise failure


def _look_up(host: str, port: int) -> list[Any]:
    """A look-up cannot be interrupted, so another thread waits for it."""
    answers: queue.SimpleQueue[list[Any] | Exception] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, ValueError) as error:
            answers.put(error)

    threading.Thread(target=ask, daemon=True).start()
    try:
        answer = answers.get(timeout=deadline.remaining())
    except queue.Empty:
        raise TimeoutError("the look-up of its name took too long") from None
    if isinstance(answer, Exception):
        raise answer
    return answer


def _allowed(found: list[Any], host: str) -> list[Any]:
    judged = [(entry, refusal_of(entry[4][0], host)) for entry in found]
    if allowed := [entry for entry, why in judged if not why]:
        return allowed[:MAX_ADDRESSES]
    if judged:
        raise DeliveryError(judged[0][1], permanent=True)
    return []


def _dial(entry: Any, options: Any, seconds: float = CONNECT_TIMEOUT_S) -> socket.socket:
    family, kind, protocol, _, address = entry
    line = socket.socket(family, kind, protocol)
    try:
        for option in options or ():
            line.setsockopt(*option)
        line.settimeout(min(seconds, deadline.remaining()))
        line.connect(address)
        line.settimeout(deadline.remaining())
    except BaseException:
        line.close()
        raise
    return line


def _untrusted(host: str, why: str) -> DeliveryError:
    return DeliveryError(
        f"The certificate of {host} is not trusted: {why}. "
        "A file with the authority's certificate in OUTGOING_CA_FILE would allow it.",
        permanent=True,
        provider_fault=True,
    )


def _words(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
