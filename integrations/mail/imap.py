"""Poll IMAP accounts: new mails are stored, then marked as read."""

import imaplib
import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from integrations.decoding.mime import parse
from integrations.errors import UnreadableBody
from integrations.mail import addresses, answers, store
from integrations.mail.incoming import IncomingMail
from integrations.models import MailAccount
from opsportal.lib import advisory_locks
from opsportal.lib.advisory_locks import Space
from opsportal.lib.encryption import SecretUnreadable
from opsportal.lib.net import connections
from opsportal.lib.net.errors import DeliveryError

TIMEOUT_S = 20
MAX_MAILS_PER_POLL = 100
MAX_AGE = timedelta(days=2)  # older ones of a mailbox seen for the first time are no news
NUMBER = re.compile(rb"\d+")
OTHER_NAME = (62, 64)  # how OpenSSL counts these errors: of a host, of an address
PROBLEMS = (
    imaplib.IMAP4.error,
    OSError,
    ssl.SSLError,
    UnicodeError,
    DeliveryError,
    SecretUnreadable,
)


class PollError(Exception):
    """The account could not be polled; the message says why."""


class _Box(imaplib.IMAP4):
    """It goes where the settings let any outgoing connection go, and nowhere else."""

    def _create_socket(self, timeout: float | None) -> socket.socket:
        return connections.connect(self.host, self.port, TIMEOUT_S)


class _TLSBox(imaplib.IMAP4_SSL):
    """The same over TLS. The certificate is verified for the name, not for the address."""

    def _create_socket(self, timeout: float | None) -> socket.socket:
        line = connections.connect(self.host, self.port, TIMEOUT_S)
        return self.ssl_context.wrap_socket(line, server_hostname=self.host)


@dataclass(slots=True)
class PollResult:
    """The result of one poll."""

    taken: int = 0
    refused: list[str] = field(default_factory=list)
    was_elsewhere: bool = False  # another process polls it


def poll(account: MailAccount) -> PollResult:
    """Store new mails, and write the problem of the poll to the account.

    Raises PollError, with OSError and the like as its cause, where the mailbox cannot be read.
    """
    with advisory_locks.session_lock(Space.MAIL_ACCOUNT, account.pk) as is_alone:
        if not is_alone:
            return PollResult(was_elsewhere=True)
        account = MailAccount.objects.get(pk=account.pk)
        try:
            with _connected(account) as box:
                found = _take_new(box, account)
        except PROBLEMS as error:
            told = _explain(error)
            store.record_poll(account.pk, timezone.now(), error=told)
            raise PollError(told) from error
        store.record_poll(account.pk, timezone.now(), error="; ".join(found.refused[:5]))
    return found


@contextmanager
def _connected(account: MailAccount) -> Iterator[imaplib.IMAP4]:
    box: imaplib.IMAP4
    if account.security == MailAccount.Security.TLS:
        box = _TLSBox(account.host, account.port, ssl_context=_tls(), timeout=TIMEOUT_S)
    else:
        box = _Box(account.host, account.port, timeout=TIMEOUT_S)
    try:
        if account.security == MailAccount.Security.STARTTLS:
            box.starttls(_tls())
        box.login(account.username, account.password)
        yield box
    finally:
        with suppress(*PROBLEMS):
            box.logout()
        with suppress(*PROBLEMS):
            box.shutdown()


def _tls() -> ssl.SSLContext:
    context = ssl.create_default_context()
    if settings.OUTGOING_CA_FILE:
        context.load_verify_locations(settings.OUTGOING_CA_FILE)
    return context


def _take_new(box: imaplib.IMAP4, account: MailAccount) -> PollResult:
    """Each mail is stored, then marked, then remembered: killed in between, it comes once more,
    and is known by its Message-ID."""
    escaped = account.folder.replace("\\", "\\\\").replace('"', '\\"')
    _ok(box.select(f'"{escaped}"'), f"the folder {account.folder} cannot be opened")
    validity = int((box.response("UIDVALIDITY")[1] or [b"0"])[0] or 0)
    found = PollResult()
    if validity == account.uid_validity != 0:
        # “n:*” always holds the last mail, even if that is older than n.
        since = _uids(box, f"UID {account.last_uid + 1}:*")
        for uid in [uid for uid in since if uid > account.last_uid][:MAX_MAILS_PER_POLL]:
            _take(box, uid, account, found)
            store.record_poll(account.pk, timezone.now(), last_uid=uid)
        return found
    # Seen for the first time, or numbered anew: what is unread and fresh. Nothing is remembered
    # before the end, so that a look that was broken off begins once more.
    newest = max(_uids(box, "ALL"), default=0)
    since_day = (timezone.now() - MAX_AGE).strftime("%d-%b-%Y")
    for uid in _uids(box, f"UNSEEN SINCE {since_day}"):
        _take(box, uid, account, found)
    store.record_poll(account.pk, timezone.now(), uid_validity=validity, last_uid=newest)
    return found


def _uids(box: imaplib.IMAP4, wanted: str) -> list[int]:
    lines = _ok(box.uid("SEARCH", wanted), "the mailbox cannot be searched")
    return sorted(int(number) for line in lines if line for number in NUMBER.findall(line))


def _take(box: imaplib.IMAP4, uid: int, account: MailAccount, found: PollResult) -> None:
    most = settings.INBOUND_MAIL_MAX_BYTES
    lines = _ok(box.uid("FETCH", str(uid), f"(BODY.PEEK[]<0.{most}>)"), f"mail {uid} is not given")
    raw = next((line[1] for line in lines if isinstance(line, tuple)), b"")
    if not raw:
        return  # Somebody else has deleted it.
    mail = IncomingMail(raw, _recipients(raw, account), transport="imap")
    try:
        store.deliver(mail)
    except (store.UnknownMailbox, store.MailboxClosed) as rejection:
        found.refused.append(f"Mail {uid} was left unread: {rejection}")
        return
    except store.NotKept as rejection:
        raise OSError(f"mail {uid} could not be kept: {rejection}") from rejection
    found.taken += 1
    box.uid("STORE", str(uid), "+FLAGS", r"(\Seen)")


def _recipients(raw: bytes, account: MailAccount) -> tuple[str, ...]:
    """Those of the mail that are ours, or the mailbox that the account names for all others."""
    try:
        named = parse(raw[:64_000])["recipients"]
    except UnreadableBody:
        named = []
    ours = tuple(one for one in named if addresses.is_ours(one) and _is_for_us(one))
    if ours or not account.mailbox:
        return ours or tuple(named[:5])
    return (account.mailbox + addresses.ending(),)


def _is_for_us(address: str) -> bool:
    return answers.is_for_answers(address) or bool(addresses.recipient_integration(address))


def _ok(answer: tuple[str, list], trouble: str) -> list:
    status, lines = answer
    if status != "OK":
        said = b" ".join(line for line in lines if isinstance(line, bytes))
        raise imaplib.IMAP4.error(f"{trouble}: {said.decode('utf-8', 'replace')}")
    return lines


def _explain(error: Exception) -> str:
    """The error as a sentence that names what to mend."""
    if isinstance(error, ssl.SSLCertVerificationError) and error.verify_code in OTHER_NAME:
        said = error.verify_message.rstrip(".")
        return f"The certificate of the server is for another name: {said}. Enter the name it has."
    if isinstance(error, ssl.SSLCertVerificationError):
        return (
            f"The certificate of the server is not trusted: {error.verify_message}. "
            "A file with the authority's certificate in OUTGOING_CA_FILE would allow it."
        )
    if isinstance(error, ssl.SSLError) and error.reason == "WRONG_VERSION_NUMBER":
        return "The server does not begin with TLS at this port; choose STARTTLS, or another port"
    if isinstance(error, TimeoutError):
        return f"The server did not answer within {TIMEOUT_S} s"
    said = error.args[0] if error.args else ""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(error)
    return text or type(error).__name__
