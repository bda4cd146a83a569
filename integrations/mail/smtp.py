"""The SMTP receiver (RFC 5321): a mail is stored before it is answered with 250.

It relays nothing and knows no passwords: what is for nobody here is refused at RCPT.
"""

import asyncio
import logging
import re
import ssl
from asyncio import BaseTransport
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any, cast

import django.db
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.conf import settings
from django.db import close_old_connections, connection

from integrations.inbound.request import TooLarge
from integrations.mail import addresses, store
from integrations.mail.incoming import MAX_RECIPIENTS, IncomingMail

logger = logging.getLogger(__name__)
IDLE_S = 60.0
MAX_CONNECTIONS_PER_ADDRESS = 10  # connections of one address at a time

NO_SUCH = "550 5.1.1 There is no such mailbox here"
NO_RELAY = "550 5.7.1 Nothing is relayed from here"
FORBIDDEN = "550 5.7.1 This address may not send here"
CLOSED = "550 5.2.1 The integration of this mailbox is disabled"
LATER = "451 4.3.0 Nothing was kept, please send it again"
TOO_MANY = b"421 4.7.0 Too many connections, please come again\r\n"
TOO_MANY_RECIPIENTS = "452 4.5.3 Too many recipients"
TOO_LARGE = "552 5.3.4 The mail is larger than what is taken"
TOO_MUCH_DATA = "552 Error: Too much mail data"  # what aiosmtpd answers
DECLARED = re.compile(r"\sSIZE=(\d{1,20})(?!\S)", re.IGNORECASE)


class Handler:
    """Callbacks of aiosmtpd: check recipients, store mails."""

    def __init__(self, pool: Executor) -> None:
        self.pool = pool

    async def handle_EHLO(
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        hostname: str,
        responses: list[str],
    ) -> list[str]:
        """What we can do; a line about logins without one method would only confuse."""
        session.host_name = hostname
        return [line for line in responses if not line[4:].startswith("AUTH")]

    async def handle_RCPT(
        self,
        server: "_Protocol",
        session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        """Only known mailboxes; the others learn it before they send the mail."""
        if not addresses.is_ours(address):
            return NO_RELAY
        if len(envelope.rcpt_tos) >= MAX_RECIPIENTS:
            return TOO_MANY_RECIPIENTS
        mail = _mail(session, envelope)
        answer = await self._ask(lambda: _check_recipient(address, mail))
        if not answer and server.is_too_large:
            answer = await self._ask(lambda: _keep_too_large((address,), mail))
        if answer:
            return answer
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Stored first, then 250. Whoever hears nothing sends it again, and it counts once."""
        mail = _mail(session, envelope)
        return await self._ask(lambda: _deliver(mail))

    async def refuse_data(self, mail: IncomingMail) -> str:
        """The answer to a mail that was larger than it may be, so that nothing of it is there."""
        return await self._ask(lambda: _keep_too_large(mail.recipients, mail))

    async def handle_exception(self, error: Exception) -> str:
        """Whatever it is: the sender keeps the mail."""
        logger.error("The SMTP receiver failed", exc_info=error)
        return LATER

    async def _ask(self, job: Callable[[], str]) -> str:
        return await asyncio.get_running_loop().run_in_executor(self.pool, _bounded, job)


def _bounded(job: Callable[[], str]) -> str:
    """A database job, or the reply to what it refuses; 451 if the database fails, so that the
    sender tries again."""
    try:
        close_old_connections()
        return job()
    except tuple(REPLIES) as rejection:
        return REPLIES[type(rejection)]
    except django.db.Error as error:
        logger.warning("A mail was put off: %s", str(error).strip().partition("\n")[0])
        connection.close()
        return LATER


REPLIES: dict[type[Exception], str] = {
    store.UnknownMailbox: NO_SUCH,
    store.MailboxClosed: CLOSED,
    store.SenderRefused: FORBIDDEN,
    store.NotKept: LATER,
}


def _check_recipient(address: str, mail: IncomingMail) -> str:
    store.check_recipient(address, mail)
    return ""


def _deliver(mail: IncomingMail) -> str:
    kept = store.deliver(mail)
    if not kept:
        return "250 2.0.0 Taken as an answer"
    return f"250 2.0.0 Kept as message {', '.join(map(str, kept))}"


def _keep_too_large(recipients: tuple[str, ...], mail: IncomingMail) -> str:
    """552; a row and a count stay at each of these mailboxes. Raises UnknownMailbox and NotKept."""
    problem = TooLarge(settings.INBOUND_MAIL_MAX_BYTES)
    store.keep_unread(recipients, mail.to_request(""), problem)
    return TOO_LARGE


def _mail(session: Session, envelope: Envelope) -> IncomingMail:
    """What is there of the mail so far."""
    return IncomingMail(
        raw=cast(bytes, envelope.original_content or b""),
        recipients=tuple(envelope.rcpt_tos),
        sender=(envelope.mail_from or "").strip("<>"),
        remote_address=_address_of(session),
    )


def _address_of(session: Session) -> str | None:
    peer: Any = session.peer
    return peer[0].partition("%")[0] if isinstance(peer, tuple) and peer else None


class Receiver:
    """A listening socket, and who is connected to it."""

    def __init__(self, pool: Executor) -> None:
        self.handler = Handler(pool)
        self.tls = _tls()
        self.connected: Counter[str] = Counter()

    async def listen(self, host: str, port: int) -> asyncio.Server:
        """Take connections from now on."""
        loop = asyncio.get_running_loop()
        return await loop.create_server(lambda: _Protocol(self), host or None, port)


class _Protocol(SMTP):
    # Not every sender folds its lines at 1,000 characters, and a page must not be lost for that.
    line_length_limit = 128 * 1024
    is_too_large = False  # the mail under way, as its sender declared

    def __init__(self, receiver: Receiver) -> None:
        super().__init__(
            receiver.handler,
            data_size_limit=settings.INBOUND_MAIL_MAX_BYTES,
            enable_SMTPUTF8=True,
            hostname=settings.INBOUND_MAIL_DOMAIN,
            ident="OpsPortal",
            tls_context=receiver.tls,
            timeout=IDLE_S,
            auth_exclude_mechanism=["LOGIN", "PLAIN"],
            loop=asyncio.get_running_loop(),
        )
        self.receiver = receiver
        self.who = ""

    def connection_made(self, transport: BaseTransport) -> None:
        """Where too many are connected, one more is sent away at once."""
        if not self.who:  # After STARTTLS it is made once more.
            peer = transport.get_extra_info("peername")
            who = str(peer[0]) if peer else "?"
            taken = self.receiver.connected
            if (
                taken.total() >= settings.INBOUND_SMTP_CONNECTIONS
                or taken[who] >= MAX_CONNECTIONS_PER_ADDRESS
            ):
                cast(asyncio.Transport, transport).write(TOO_MANY)
                transport.close()
                return
            self.who = who
            taken[who] += 1
        super().connection_made(transport)

    async def smtp_MAIL(self, arg: str | None) -> None:
        """What is declared too large is refused at RCPT, where it is known for whom it is."""
        declared = DECLARED.search(arg or "")
        limit = settings.INBOUND_MAIL_MAX_BYTES
        self.is_too_large = bool(declared and int(declared[1]) > limit)
        await super().smtp_MAIL(DECLARED.sub("", arg or "") if self.is_too_large else arg)

    async def push(self, status: Any) -> None:
        """Answer; a mail that was too large is noted before."""
        if status == TOO_MUCH_DATA:
            mail = _mail(cast(Session, self.session), cast(Envelope, self.envelope))
            status = await self.receiver.handler.refuse_data(mail)
        await super().push(status)

    def connection_lost(self, error: Exception | None) -> None:
        """Make room."""
        if not self.who:
            return
        self.receiver.connected -= Counter([self.who])
        self.who = ""
        super().connection_lost(error)


def _tls() -> ssl.SSLContext | None:
    """For STARTTLS, where a certificate is set."""
    if not settings.INBOUND_SMTP_CERT:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(settings.INBOUND_SMTP_CERT, settings.INBOUND_SMTP_KEY or None)
    return context
