"""The one way out for mail: Django's backend, over a line that stays open between two mails."""

import smtplib
import ssl
import threading
import time
from contextlib import suppress
from os import getpid
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends import console, dummy, filebased, smtp
from django.core.mail.backends.base import BaseEmailBackend
from django.utils.module_loading import import_string

from notifications.message.incident_summary import one_line
from opsportal.lib.net.errors import DeliveryError

MAX_IDLE_S = 20.0
GREETING_TIMEOUT_S = 2.0  # for greetings and goodbyes
DEFAULT_TIMEOUT_S = 10

# They accept every mail and bring it to nobody, which must never count as success.
NOWHERE = (console.EmailBackend, dummy.EmailBackend, filebased.EmailBackend)
SAME = ("host", "port", "username", "password", "use_tls", "use_ssl")

_here = threading.local()


def send(mail: EmailMessage) -> None:
    """Hand the mail over, once. In doubt only if the line broke when the text was on its way."""
    backend = _backend()
    _here.text_left = False
    mail.connection = backend
    try:
        if backend.open():
            _watch(backend)
        sent = mail.send()
    except (smtplib.SMTPException, OSError) as error:
        raise _failure(error) from None
    except ValueError as error:
        raise DeliveryError(f"This cannot be put into a mail: {error}", permanent=True) from None
    _here.used_at = time.monotonic()
    if not sent or isinstance(backend, NOWHERE):
        # It can pass: whoever sets up the mail server finds these mails still waiting.
        raise DeliveryError("The portal has no mail server yet: set EMAIL_HOST.")


def brings_mail() -> bool:
    """Whether mail has a way out at all."""
    return not issubclass(import_string(settings.EMAIL_BACKEND), NOWHERE)


def close_connections() -> None:
    """Close this thread's line, unless it is really that of the process it was forked from."""
    backend = getattr(_here, "backend", None)
    if backend is not None and _here.process == getpid():
        with suppress(smtplib.SMTPException, OSError):
            _be_patient(backend, GREETING_TIMEOUT_S)
            backend.close()
    _here.backend = None


def _backend() -> BaseEmailBackend:
    """The one in use, if it is still wanted and still answers; otherwise a new one."""
    fresh: BaseEmailBackend = get_connection()
    if isinstance(fresh, smtp.EmailBackend) and fresh.timeout is None:
        fresh.timeout = DEFAULT_TIMEOUT_S
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
    line = _line(kept)
    is_idle = time.monotonic() - _here.used_at > MAX_IDLE_S
    if line is None or is_idle or _here.process != getpid():
        return False
    try:
        _be_patient(kept, GREETING_TIMEOUT_S)
        answers = line.noop()[0] == 250
        _be_patient(kept, kept.timeout)
    except (smtplib.SMTPException, OSError):
        return False
    return answers


def _line(backend: Any) -> smtplib.SMTP | None:
    line = getattr(backend, "connection", None)
    return line if isinstance(line, smtplib.SMTP) else None


def _be_patient(backend: Any, seconds: float) -> None:
    """A page must not wait long for the answer of a server that may be gone."""
    line = _line(backend)
    if line is not None and line.sock is not None:
        line.sock.settimeout(seconds)


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


def _failure(error: Exception) -> DeliveryError:
    match error:
        case smtplib.SMTPRecipientsRefused():
            code, words = next(iter(error.recipients.values()))
            return _answered(code, words)
        case smtplib.SMTPResponseException():
            return _answered(error.smtp_code, error.smtp_error)
        case smtplib.SMTPNotSupportedError():
            return DeliveryError(f"The mail server cannot do this: {error}", permanent=True)
        case ssl.SSLCertVerificationError():
            return DeliveryError(
                f"The certificate of the mail server is not trusted: {error.verify_message}. "
                "A file with the authority's certificate in SSL_CERT_FILE would allow it.",
                permanent=True,
            )
    if _here.text_left:
        return DeliveryError("The mail server hung up in place of an answer.", ambiguous=True)
    why = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return DeliveryError(f"The mail server of EMAIL_HOST cannot be reached: {why}")


def _answered(code: int, words: bytes | str) -> DeliveryError:
    text = words.decode(errors="replace") if isinstance(words, bytes) else words
    sentence = f"The mail server answered {code}: {one_line(text, 200)}"
    return DeliveryError(sentence, permanent=code >= 500)
