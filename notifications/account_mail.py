"""Mails of Django itself, such as invitations, where there is no mail server: by an account at a
provider, else into files."""

import smtplib
from collections.abc import Sequence

import django.db
from django.core.mail import EmailMessage
from django.core.mail.backends import filebased
from django.utils.html import escape

from notifications.message.mail import Mail
from notifications.provider_accounts import ProviderAccount, accounts_of
from notifications.providers._mail import MailSender
from opsportal.lib.net.errors import DeliveryError


class Backend(filebased.EmailBackend):
    """Django's files, unless an account carries mails: the first one that takes them."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """How many were sent. Raises SMTPException in the words of the last account that refuses
        one."""
        accounts = _accounts()
        if not accounts:
            return int(super().send_messages(email_messages) or 0)
        for message in email_messages:
            for address in message.recipients():
                _send(accounts, _mail_of(message, address))
        return len(email_messages)


def _accounts() -> list[ProviderAccount]:
    try:
        return accounts_of("email")
    except django.db.Error:
        return []  # Its tables are not there yet, or it is away.


def _mail_of(message: EmailMessage, address: str) -> Mail:
    """Its text, and as HTML what it has of that, else the text."""
    text = str(message.body)
    kinds = {kind: str(content) for content, kind in getattr(message, "alternatives", ())}
    html = kinds.get("text/html") or f"<pre>{escape(text)}</pre>"
    headers = {"Auto-Submitted": "auto-generated", **message.extra_headers}
    return Mail(to=address, subject=str(message.subject), text=text, html=html, headers=headers)


def _send(accounts: Sequence[ProviderAccount], mail: Mail) -> None:
    failure: DeliveryError | None = None
    for account in accounts:
        if isinstance(account.provider, MailSender):
            try:
                account.provider.send_mail(account.config, mail)
            except DeliveryError as error:
                failure = error
                continue
            return
    raise smtplib.SMTPException(str(failure)) from failure
