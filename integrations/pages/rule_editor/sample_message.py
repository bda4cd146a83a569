"""The sample message of the preview: a sample, one of the log, or pasted text."""

from dataclasses import dataclass
from typing import Any

from integrations.decoding import decode
from integrations.engine.opening import received_of
from integrations.errors import UnreadableBody
from integrations.mapping.rules import Received
from integrations.models import InboundMessage, Integration
from integrations.setup.samples import samples_of
from opsportal.lib.pages import parse_id

MAX_MESSAGES = 20
PASTED = "pasted"
MAX_PASTED_CHARS = 200_000
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Choice:
    """One message that can be chosen."""

    key: str
    label: str
    group: str


@dataclass(frozen=True, slots=True)
class SampleMessage:
    """The chosen message, or why there is none."""

    key: str = ""
    received: Received | None = None
    problem: str = ""


def choices(integration: Integration) -> list[Choice]:
    """The samples, and the newest messages of the log."""
    found = [Choice(f"sample:{s.name}", s.name, "Samples") for s in samples_of(integration)]
    for row in _messages(integration).without_payload()[:MAX_MESSAGES]:
        label = f"{row.pk}: {row.subject or row.reason or row.get_status_display()}"[:80]
        found.append(Choice(f"message:{row.pk}", label, "Inbound Log"))
    return [*found, Choice(PASTED, "Pasted text …", "Your own")]


def default_key(integration: Integration) -> str:
    """The message shown first: the newest that is no test, else the opening sample."""
    newest = _messages(integration).filter(is_test=False).without_payload().first()
    if newest:
        return f"message:{newest.pk}"
    names = [sample.name for sample in samples_of(integration)]
    opening = sorted(names, key=lambda name: (name != "open", not name.startswith("open")))
    return f"sample:{opening[0]}" if opening else PASTED


def look_up(integration: Integration, key: str, pasted: str = "") -> SampleMessage:
    """The message of this key, decoded."""
    kind, _, name = key.partition(":")
    try:
        if kind == "sample":
            sample = next((s for s in samples_of(integration) if s.name == name), None)
            return SampleMessage(key, sample.received) if sample else _gone(key)
        if kind == "message" and (number := parse_id(name)) is not None:
            row = _messages(integration).filter(pk=number).first()
            return SampleMessage(key, received_of(row)) if row else _gone(key)
        if not pasted.strip():
            return SampleMessage(PASTED, None, "Paste a message to see what becomes of it.")
        body = pasted[:MAX_PASTED_CHARS].encode("utf-8", "replace")
        return SampleMessage(PASTED, Received(decode.decode(body, FORM)))
    except UnreadableBody as error:
        return SampleMessage(key, None, str(error))


def _gone(key: str) -> SampleMessage:
    return SampleMessage(key, None, "This message is gone: choose another one.")


def _messages(integration: Integration) -> Any:
    """What came in on its URL: a sibling may have taken what this one is to take."""
    on_url = Integration.objects.beside(Integration.objects.filter(pk=integration.pk))
    return InboundMessage.objects.filter(integration__in=on_url).order_by("-pk")
