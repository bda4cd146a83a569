"""Mail by SMTP: Django's backend, over a line that stays open between two mails.

It goes to the server of the settings, or to that of an account: ``host``, ``port``, ``user``,
``password`` and ``security``, which is starttls, tls or none.
"""

import hashlib
import re
import smtplib
import ssl
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from os import getpid
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends import console, dummy, filebased, smtp
from django.core.mail.backends.base import BaseEmailBackend
from django.utils.module_loading import import_string

from notifications import smtp_lines
from notifications.message.incident_summary import one_line
from opsportal.lib.net import deadline
from opsportal.lib.net.errors import DeliveryError

MAX_IDLE_S = 20.0
PROBE_TIMEOUT_S = 2.0  # to ask whether a kept line still answers, and for goodbyes
BUDGET_S = 75.0  # for one mail, from the look-up of the server to its last answer

STOCK = "django.core.mail.backends.smtp.EmailBackend"
OURS = "notifications.smtp_lines.Backend"
# They accept every mail and bring it to nobody, which must never count as success.
NOWHERE = (console.EmailBackend, dummy.EmailBackend, filebased.EmailBackend)
SAME = ("host", "port", "username", "password", "use_tls", "use_ssl")

# RFC 3463: 5.1 and 5.2 are about the mailbox, but for these two, which are about the sender.
ENHANCED = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
OF_THE_SENDER = {("1", "7"), ("1", "8")}
# Old servers send no such code: then it is the mailbox, unless they speak of something else.
OF_A_MAILBOX = (550, 551, 553)
OF_SOMETHING_ELSE = re.compile(
    r"\b(relay|spam|block|blacklist|denied|policy|quota|limit|auth|log ?in|reputation|rate\b|sender"
    r"|rcpthosts|try again|later\b|temporar)",
    re.IGNORECASE,
)
# It can pass: whoever sets up the mail server finds these mails still waiting.
NO_SERVER = "The portal has no mail server yet: set EMAIL_HOST."

_here = threading.local()


Account = Mapping[str, Any]


def send(mail: EmailMessage, account: Account | None = None) -> None:
    """Hand the mail over, once. In doubt only if the line broke when the text was on its way."""
    deadline.start(BUDGET_S)
    backend = _backend(account)
    if isinstance(backend, filebased.EmailBackend):
        _write_once(mail)
        raise DeliveryError(NO_SERVER, provider_fault=True)
    _here.text_left = False
    mail.connection = backend
    try:
        if backend.open():
            _watch(backend)
        sent = mail.send()
    except (smtplib.SMTPException, OSError) as error:
        raise _failure(error, _name_of(account)) from None
    except ValueError as error:
        raise DeliveryError(f"This cannot be put into a mail: {error}", permanent=True) from None
    _here.used_at = time.monotonic()
    if not sent or isinstance(backend, NOWHERE):
        raise DeliveryError(NO_SERVER, provider_fault=True)


def check(account: Account | None = None) -> None:
    """Ask the server whether it takes the login; nothing is sent. Raises ``DeliveryError``."""
    deadline.start(BUDGET_S)
    _here.text_left = False
    backend = _fresh(account)
    try:
        if backend.open() and (line := _line(backend)):
            line.ehlo_or_helo_if_needed()
    except (smtplib.SMTPException, OSError) as error:
        raise _failure(error, _name_of(account)) from None
    finally:
        with deadline.at_most(PROBE_TIMEOUT_S), suppress(smtplib.SMTPException, OSError):
            backend.close()


def _name_of(account: Account | None) -> str:
    return f"The mail server {account['host']}" if account else "The mail server of EMAIL_HOST"


def _write_once(mail: EmailMessage) -> None:
    """The mail as a file of its own; a later attempt, with its id and subject, adds none."""
    text = mail.message().as_bytes()
    told = f"{mail.extra_headers.get('Message-ID') or text!r}\n{mail.subject}"
    folder = Path(settings.EMAIL_FILE_PATH)
    folder.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256(told.encode()).hexdigest()[:12]
    if any(folder.glob(f"*-{digest}.eml")):
        return
    (folder / f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{digest}.eml").write_bytes(text)


def brings_mail() -> bool:
    """Whether mail has a way out at all."""
    return not issubclass(import_string(settings.EMAIL_BACKEND), NOWHERE)


def close_connections() -> None:
    """Close this thread's line, unless it is really that of the process it was forked from."""
    backend = getattr(_here, "backend", None)
    if backend is not None and _here.process == getpid():
        with deadline.at_most(PROBE_TIMEOUT_S), suppress(smtplib.SMTPException, OSError):
            backend.close()
    _here.backend = None


def _fresh(account: Account | None) -> BaseEmailBackend:
    if account is None:
        name = settings.EMAIL_BACKEND
        own: BaseEmailBackend = get_connection(OURS if name == STOCK else name)
        return own
    return smtp_lines.CheckedBackend(
        host=account["host"],
        port=account["port"],
        username=account.get("user") or "",
        password=account.get("password") or "",
        use_tls=account["security"] == "starttls",
        use_ssl=account["security"] == "tls",
    )


def _backend(account: Account | None) -> BaseEmailBackend:
    """The one in use, if it is still wanted and still answers; otherwise a new one."""
    fresh = _fresh(account)
    kept: BaseEmailBackend | None = getattr(_here, "backend", None)
    if kept is not None and _is_same(kept, fresh) and _is_alive(kept):
        return kept
    close_connections()
    _here.backend, _here.process, _here.used_at = fresh, getpid(), time.monotonic()
    return fresh


def _is_same(kept: BaseEmailBackend, fresh: BaseEmailBackend) -> bool:
    if not isinstance(fresh, smtp.EmailBackend):
        return False
    alike = all(getattr(kept, name, None) == getattr(fresh, name) for name in SAME)
    return alike and type(kept) is type(fresh)


def _is_alive(kept: Any) -> bool:
    """A page must not wait long for the answer of a server that may be gone."""
    line = _line(kept)
    is_idle = time.monotonic() - _here.used_at > MAX_IDLE_S
    if line is None or is_idle or _here.process != getpid():
        return False
    try:
        with deadline.at_most(PROBE_TIMEOUT_S):
            return line.noop()[0] == 250
    except (smtplib.SMTPException, OSError):
        return False


def _line(backend: Any) -> smtplib.SMTP | None:
    line = getattr(backend, "connection", None)
    return line if isinstance(line, smtplib.SMTP) else None


def _watch(backend: Any) -> None:
    """Note when the text of a mail leaves: a line that breaks before has delivered nothing."""
    line = _line(backend)
    if line is None:
        return
    send_text = line.data

    def data(text: Any) -> tuple[int, bytes]:
        _here.text_left = True
        return send_text(text)

    line.data = data  # type: ignore[method-assign, assignment]


def _failure(error: Exception, server: str) -> DeliveryError:
    """What it means. Only a mailbox that is refused is final; the rest is the server's fault."""
    match error:
        case smtplib.SMTPRecipientsRefused():
            code, words = next(iter(error.recipients.values()))
            return _answered(code, words, is_of_mailbox=_is_of_mailbox(code, _text(words)))
        case smtplib.SMTPResponseException():
            return _answered(error.smtp_code, error.smtp_error)
        case smtplib.SMTPNotSupportedError():
            return _fault(f"The mail server cannot do this: {error}")
        case ssl.SSLCertVerificationError():
            return _fault(
                f"The certificate of the mail server is not trusted: {error.verify_message}. "
                "A file with the authority's certificate in SSL_CERT_FILE would allow it."
            )
    if _here.text_left:
        why = f": {error}" if isinstance(error, TimeoutError) else ""
        return DeliveryError(
            f"The mail server hung up in place of an answer{why}.",
            ambiguous=True,
            provider_fault=True,
        )
    why = getattr(error, "strerror", None) or str(error) or type(error).__name__
    if isinstance(error, TimeoutError) and "EMAIL_TIMEOUT" not in why:
        why = f"{why} (EMAIL_TIMEOUT)"
    return _fault(f"{server} cannot be reached: {why}")


def _fault(sentence: str) -> DeliveryError:
    return DeliveryError(sentence, provider_fault=True)


def _answered(code: int, words: bytes | str, *, is_of_mailbox: bool = False) -> DeliveryError:
    sentence = f"The mail server answered {code}: {one_line(_text(words), 200)}"
    return DeliveryError(
        sentence,
        permanent=is_of_mailbox,
        address_fault=is_of_mailbox,
        provider_fault=not is_of_mailbox,
    )


def _text(words: bytes | str) -> str:
    return words.decode(errors="replace") if isinstance(words, bytes) else words


def _is_of_mailbox(code: int, text: str) -> bool:
    """Whether what is said of a recipient is about that mailbox, and will be said again."""
    if code < 500:
        return False
    if found := ENHANCED.search(text):
        kind, subject, detail = found.groups()
        return kind == "5" and subject in "12" and (subject, detail) not in OF_THE_SENDER
    return code in OF_A_MAILBOX and not OF_SOMETHING_ELSE.search(text)
