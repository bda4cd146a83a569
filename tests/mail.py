"""A mail server inside the process, which refuses whom a test tells it to."""

import smtplib

import pytest
from django.core.mail.backends.locmem import EmailBackend

refused: dict[str, Exception] = {}


class Backend(EmailBackend):
    """Keeps mails in ``mailoutbox``; raises for the addresses in ``refused``."""

    def send_messages(self, messages):
        for message in messages:
            for address in message.to:
                if error := refused.get(address):
                    raise error
        return super().send_messages(messages)


def unknown(address):
    """What a server says of an address that does not exist: it never will."""
    return smtplib.SMTPRecipientsRefused({address: (550, b"no such user")})


def busy(address):
    """What a server says when it wants to be asked again."""
    return smtplib.SMTPRecipientsRefused({address: (451, b"try again later")})


@pytest.fixture
def mail_server(settings, mailoutbox):
    """Mails end in the list that this is; ``refused`` says who gets none."""
    settings.EMAIL_BACKEND = "tests.mail.Backend"
    refused.clear()
    yield mailoutbox
    refused.clear()
