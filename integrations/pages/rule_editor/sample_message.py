"""The message that the panels are tried on: a sample, one of the log, or pasted text."""

from dataclasses import dataclass
from typing import Any

from integrations.decoding import decode
from integrations.engine.pipeline import received_of
from integrations.errors import UnreadableBody
from integrations.mapping.rules import Received
from integrations.models import InboundMessage, Integration
from integrations.setup.samples import samples_of

LAST = 20
PASTED = "pasted"
MOST_PASTED = 200_000
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Choice:
    """One message that can be chosen."""

    key: str
    label: str
    group: str


@dataclass(frozen=True, slots=True)
class Shown:
    """The chosen message, or why there is none."""

    key: str = ""
    received: Received | None = None
    problem: str = ""


def choices(integration: Integration) -> list[Choice]:
    """The samples, and the newest messages of the log."""
    found = [Choice(f"sample:{s.name}", s.name, "Samples") for s in samples_of(integration)]
    for row in _messages(integration).without_payload()[:LAST]:
        label = f"{row.pk}: {row.subject or row.reason or row.get_status_display()}"[:80]
        found.append(Choice(f"message:{row.pk}", label, "Inbound Log"))
    return [*found, Choice(PASTED, "Pasted text …", "Your own")]


def usual(integration: Integration) -> str:
    """What is shown first: the newest message that is no test, else the sample that opens."""
    newest = _messages(integration).filter(is_test=False).without_payload().first()
    if newest:
        return f"message:{newest.pk}"
    names = [sample.name for sample in samples_of(integration)]
    opening = sorted(names, key=lambda name: (name != "open", not name.startswith("open")))
    return f"sample:{opening[0]}" if opening else PASTED


def look_up(integration: Integration, key: str, pasted: str = "") -> Shown:
    """The message of this key, decoded."""
    kind, _, name = key.partition(":")
    try:
        if kind == "sample":
            sample = next((s for s in samples_of(integration) if s.name == name), None)
            return Shown(key, sample.received) if sample else _gone(key)
        if kind == "message" and name.isascii() and name.isdecimal():
            row = _messages(integration).filter(pk=int(name)).first()
            return Shown(key, received_of(row)) if row else _gone(key)
        if not pasted.strip():
            return Shown(PASTED, None, "Paste a message to see what becomes of it.")
        body = pasted[:MOST_PASTED].encode("utf-8", "replace")
        return Shown(PASTED, Received(decode.decode(body, FORM)))
    except UnreadableBody as error:
        return Shown(key, None, str(error))


def _gone(key: str) -> Shown:
    return Shown(key, None, "This message is gone: choose another one.")


def _messages(integration: Integration) -> Any:
    """What came in on its URL: a sibling may have taken what this one is to take."""
    on_url = Integration.objects.beside(Integration.objects.filter(pk=integration.pk))
    return InboundMessage.objects.filter(integration__in=on_url).order_by("-pk")
