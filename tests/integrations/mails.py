"""Mails for tests, and the way in that all others end in."""

from integrations.catalog import find
from integrations.mail import store
from integrations.mail.incoming import IncomingMail
from tests.factories import make_integration

DOMAIN = "opsportal.test"


def make_mailbox(mailbox="ops", template="email", **fields):
    """An integration of the channel Email."""
    return make_integration(template, mailbox=mailbox, **fields)


def mail(text="Host: web-1", subject="Disk full", message_id="", **headers):
    """The bytes of a mail; ``X_Priority="1"`` is a header of that name."""
    lines = {"From": "Monitor <monitor@example.com>", "To": f"ops@{DOMAIN}", "Subject": subject}
    if message_id:
        lines["Message-ID"] = f"<{message_id}>"
    lines |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"{head}\r\n{text}".encode()


def nagios(name):
    """A sample mail of Nagios: open, acknowledgement or close."""
    return find("nagios-email").sample(name).raw


def deliver(raw, *recipients, sender="monitor@example.com"):
    """Hand a mail over; returns the numbers of the messages."""
    to = recipients or (f"ops@{DOMAIN}",)
    return store.deliver(IncomingMail(raw, to, sender))
