"""Lines to the mail server: each mail ends in time, whatever the server does.

smtplib's time-out is that of each read, so a server that sends a byte now and then would hold a
line for ever. Here each answer has its time, and all of one mail together has that of the thread's
deadline (`opsportal.lib.net.deadline`).
"""

import smtplib
import socket
import ssl
from typing import Any

from django.core.mail.backends import smtp

from opsportal.lib.net import connections, deadline
from opsportal.lib.net.errors import DeliveryError

# `_get_socket` and `file` of a line, and `_close_connection` of a backend are their own affair.
CHECKED_AGAINST = "django==5.2.19"

# A busy server greets late; what it says after that comes soon.
GREETING_TIMEOUT_S = 60.0
MAX_TIMEOUT_S = 60.0
DEFAULT_TIMEOUT_S = 10


class TimelySMTP(smtplib.SMTP):
    """Waits for the greeting for a minute, and then for each answer for ``timeout`` seconds."""

    has_greeted = False

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        line = connections.connect_unchecked(host, port, timeout)
        line.settimeout(min(timeout, deadline.remaining()))
        return line

    def getreply(self) -> tuple[int, bytes]:
        """Raises TimeoutError, which names the setting, when the answer does not come in time."""
        seconds = self.timeout if self.has_greeted else max(GREETING_TIMEOUT_S, self.timeout)
        with deadline.at_most(seconds):
            if self.file is None and self.sock is not None:
                self.file = deadline.reader(self.sock)
            try:
                reply = super().getreply()
            except OSError:
                if not deadline.is_over():
                    raise
                raise TimeoutError(self._too_late(seconds)) from None
        self.has_greeted = True
        if self.sock is not None:
            self.sock.settimeout(min(self.timeout, deadline.remaining()))  # for what is sent next
        return reply

    def _too_late(self, seconds: float) -> str:
        if self.has_greeted:
            return f"it did not answer within {seconds:g} s (EMAIL_TIMEOUT)"
        return f"it did not greet within {seconds:g} s (EMAIL_TIMEOUT, where that is longer)"


class TimelySMTPS(smtplib.SMTP_SSL, TimelySMTP):
    """The same over TLS from the start."""


class CheckedSMTP(TimelySMTP):
    """To a server that was named on a page: only where the settings let requests go."""

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        try:
            line = connections.connect_allowed(host, port)
        except DeliveryError as refusal:
            refusal.provider_fault = True  # It is the account, and no address, that is wrong.
            raise
        line.settimeout(min(timeout, deadline.remaining()))
        return line


class CheckedSMTPS(smtplib.SMTP_SSL, CheckedSMTP):
    """The same over TLS from the start."""


class Backend(smtp.EmailBackend):
    """Django's own, with lines that end in time."""

    plain_class: type[smtplib.SMTP] = TimelySMTP
    tls_class: type[smtplib.SMTP] = TimelySMTPS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.timeout = min(self.timeout or DEFAULT_TIMEOUT_S, MAX_TIMEOUT_S)

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return self.tls_class if self.use_ssl else self.plain_class

    def _close_connection(self, connection: smtplib.SMTP) -> None:
        """What the server says of a goodbye is of no interest."""
        try:
            super()._close_connection(connection)  # type: ignore[misc]
        except (OSError, ssl.SSLError):
            connection.close()


class CheckedBackend(Backend):
    """Lines to a server that was named on a page."""

    plain_class = CheckedSMTP
    tls_class = CheckedSMTPS
