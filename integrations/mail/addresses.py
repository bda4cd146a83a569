"""The addresses of integrations: ``<mailbox>@<INBOUND_MAIL_DOMAIN>``."""

import re
from itertools import islice

from django.conf import settings
from django.utils import timezone

from incidents.errors import InvalidRequest
from integrations.inbound.key_use import note_use
from integrations.models import Integration, RetiredKey, mailbox_digest

MAX_LOCAL_CHARS = 64
MAX_NAMED = 1000  # addresses that are looked at in one text
NOT_LOCAL = re.compile(rb"[^a-z0-9._+-]")
LOCAL = re.compile(r"[a-z0-9]([a-z0-9._-]{0,62}[a-z0-9])?")


def checked(text: str) -> str:
    """The normalized mailbox name of a name or an address. Raises InvalidRequest."""
    local, at, domain = text.strip().lower().partition("@")
    if at and domain != settings.INBOUND_MAIL_DOMAIN:
        mend = f"write only what stands before the @; all addresses end in {ending()}"
        raise InvalidRequest(f"mailbox: {mend}.")
    if not LOCAL.fullmatch(local) or ".." in local:
        raise InvalidRequest(
            "mailbox: write 1 to 64 letters, digits, dots, hyphens or underscores, such as nagios."
        )
    return local


def ending() -> str:
    """What every address of the portal ends in: ``@ops.example.com``."""
    return f"@{settings.INBOUND_MAIL_DOMAIN}"


def is_ours(address: str) -> bool:
    """Whether it is in our domain."""
    return address.strip().lower().endswith(ending())


def named_in(content: bytes) -> tuple[str, ...]:
    """The addresses in our domain that a form or JSON names, each once, in their order."""
    text = content.lower()
    found: dict[str, None] = {}
    ours = re.compile(rb"(?:@|%40)" + re.escape(settings.INBOUND_MAIL_DOMAIN.encode()))
    for match in islice(ours.finditer(text), MAX_NAMED):
        before = text[max(match.start() - MAX_LOCAL_CHARS, 0) : match.start()]
        if local := NOT_LOCAL.split(before)[-1]:
            found[local.decode() + ending()] = None
    return tuple(found)


def recipient_integration(address: str) -> Integration | None:
    """The integration that a mail to this address is stored for: of several on the mailbox the
    first that is enabled. ``name+anything@`` is ``name@``. A mailbox that was replaced counts for
    as long as it is valid."""
    local = address.strip().lower().rpartition("@")[0] or address.strip().lower()
    names = [local, local.partition("+")[0]]
    rows = Integration.objects.filter(kind=Integration.Kind.EMAIL, mailbox__in=filter(None, names))
    found = list(rows.order_by("-is_enabled", "sequence", "pk"))
    for name in names:
        row = next((row for row in found if row.mailbox == name), None) or _by_retired(name)
        if row is not None:
            note_use(mailbox_digest(name))
            return row
    return None


def _by_retired(mailbox: str) -> Integration | None:
    keys = RetiredKey.objects.valid(timezone.now()).filter(digest=mailbox_digest(mailbox))
    keys = keys.select_related("integration")
    key = keys.order_by("-integration__is_enabled", "integration__sequence", "pk").first()
    return key.integration if key else None
