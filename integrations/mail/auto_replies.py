"""Detection of bounces, automatic replies and our own mails, which open nothing."""

import re
from collections.abc import Mapping
from email.utils import parseaddr
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from integrations.decoding.mime import RFC822
from integrations.mapping.events import Event

IDS = re.compile(r"<([^<>\s]+)>")
# Of the thread of an incident, and of each mail: the incident or the kind of event, and the UUID of
# the delivery.
OUR_LOCAL_PART = re.compile(
    r"incident-\d+|[a-z_.]+(?:-\d+)?\.[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
)
AUTO_REPLY = re.compile(r"auto.?reply|auto.?respon")
NO = ("", "no", "false", "0")
BULK = ("bulk", "junk", "list")


def auto_reply_events(content_type: str, body: Any) -> list[Event]:
    """One event without an action, with the reason, for such a mail; else []."""
    if content_type != RFC822 or not (reason := rejection(body)):
        return []
    return [
        Event(reason=f"Not from monitoring: {reason}", source=body["from"], subject=body["subject"])
    ]


def rejection(mail: Mapping[str, Any]) -> str:
    """Why this mail must open nothing; '' for all others.

    What only says that a machine wrote it, and wants no answer, is what monitoring sends: the null
    sender, ``Auto-Submitted: auto-generated``, ``Precedence: bulk``, ``X-Auto-Response-Suppress``,
    also where it refers to an earlier mail of its own.
    """
    refers = any(
        is_ours(one)
        for name in ("in-reply-to", "references")
        for one in IDS.findall(_said(mail.get("headers", {}), name))
    )
    is_reply = {"a reply: it refers to a mail of this portal": refers}
    signs = _of_robots(mail) | is_reply
    return next((reason for reason, is_so in signs.items() if is_so), "")


def is_of_a_person(mail: Mapping[str, Any], sender: str | None) -> bool:
    """Whether a person seems to have written a mail, and no machine: it has none of the signs by
    which one says that it did. ``sender`` is that of the envelope, '' of what reports only."""
    lines = mail.get("headers", {})
    says_so = _said(lines, "auto-submitted").partition(";")[0].strip() not in NO
    is_bulk = _said(lines, "precedence") in BULK
    return not (sender == "" or says_so or is_bulk or any(_of_robots(mail).values()))


def _of_robots(mail: Mapping[str, Any]) -> dict[str, bool]:
    """By which signs a mail is no answer of a person, and whether it has them."""
    lines = mail.get("headers", {})
    return {
        "a bounce: it reports on the delivery of another mail": (
            mail.get("content_type") == "multipart/report"
        ),
        "an automatic reply: Auto-Submitted says so": (
            _said(lines, "auto-submitted").startswith("auto-replied")
        ),
        "an automatic reply: its Precedence says so": bool(
            AUTO_REPLY.match(_said(lines, "precedence"))
        ),
        "an automatic reply: X-Autoreply says so": any(
            _said(lines, name) not in NO for name in ("x-autoreply", "x-autorespond")
        ),
        "it comes from this portal's own address": mail.get("from") == own_address(),
    }


def is_ours(message_id: str) -> bool:
    """Whether the portal made this Message-ID, without its brackets: `notifications.channels.email`
    writes them. Another program on the same host makes others."""
    local, _, host = message_id.lower().rpartition("@")
    return host == urlsplit(settings.SITE_URL).hostname and bool(OUR_LOCAL_PART.fullmatch(local))


def _said(lines: Mapping[str, Any], name: str) -> str:
    value = lines.get(name, "")
    return " ".join(value if isinstance(value, list) else [str(value)]).strip().lower()


def own_address() -> str:
    """The address that our own mails come from."""
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].lower()
