"""What the way in must know of an integration, kept in memory for a moment."""

import threading
import time
import uuid
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from integrations.catalog import all_templates
from integrations.inbound.access import Guard, guard_of
from integrations.models import Integration, digest_of
from integrations.signatures import bot_framework, keyring, needs_secret

KEPT_S = 10.0
MOST = 10_000


@dataclass(frozen=True, slots=True)
class Door:
    """One integration, as the way in sees it. ``version`` says which state of the row this was."""

    integration_id: int
    service_id: int
    template: str
    is_enabled: bool
    signature_provider: str
    signature_secrets: tuple[str, ...]
    signature_form: dict[str, Any]
    guard: Guard
    rate_limit: int
    version: datetime
    chat_app_id: str = ""
    must_be_signed: bool = False  # Even while there is no secret: then nothing gets in.

    @property
    def handshake(self) -> str:
        """What its tool may ask before it sends; '' for nothing."""
        known = all_templates().get(self.template)
        return known.handshake if known else ""

    @property
    def answer(self) -> dict[str, Any] | None:
        """What its tool wants to read in place of our own answer."""
        known = all_templates().get(self.template)
        return known.answer if known else None

    @property
    def is_signed(self) -> bool:
        """Whether a message has to be signed."""
        if self.must_be_signed:
            return True
        by_secret = needs_secret(self.signature_provider)
        return bool(self.signature_secrets) if by_secret else True

    def for_app(self) -> "Door":
        """For what Microsoft sends to the app of the chat: a token for it, in place of a secret."""
        return replace(
            self,
            signature_provider=bot_framework.NAME,
            signature_secrets=(self.chat_app_id,),
            must_be_signed=True,
        )

    def unchecked(self) -> "Door":
        """For what comes by another way than HTTP, and proves itself there."""
        return replace(
            self,
            signature_provider="",
            signature_secrets=(),
            guard=Guard(),
            must_be_signed=False,
        )

    def trusted(self) -> "Door":
        """For what comes from inside the portal: it need not prove itself, and is not counted."""
        return replace(self.unchecked(), rate_limit=0)


class Doors:
    """Integrations by token or by public id. A row that was changed since is noticed at the insert,
    which names the version that it was decided on: so nothing here is ever obeyed for too long."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.kept: dict[tuple[str, str], tuple[float, Door]] = {}

    def by_token(self, token: str) -> Door | None:
        """The first integration on this token, by sequence; None for an unknown one."""
        return self._find("token_digest", digest_of(token))

    def by_public_id(self, public_id: str) -> Door | None:
        """The integration with this id; None where there is none, or where it is no id at all."""
        try:
            return self._find("public_id", str(uuid.UUID(public_id)))
        except ValueError:
            return None

    def forget(self, door: Door) -> None:
        """It was changed: the next look goes to the database."""
        with self.lock:
            gone = [k for k, (_, d) in self.kept.items() if d.integration_id == door.integration_id]
            for key in gone:
                del self.kept[key]

    def _find(self, field: str, value: str) -> Door | None:
        known = self.kept.get((field, value))
        if known and time.monotonic() - known[0] < KEPT_S:
            return known[1]
        row = Integration.objects.filter(**{field: value}).order_by("sequence", "pk").first()
        if row is None:
            return None
        door = door_of(row)
        with self.lock:
            if len(self.kept) >= MOST:
                self.kept.clear()
            self.kept[field, value] = (time.monotonic(), door)
        return door


def provider_of(row: Integration) -> str:
    """How its messages are signed, where they are: as was chosen, or as its tool does."""
    if row.signature_provider or not row.signature_secret:
        return row.signature_provider
    return usual_provider(row.template)


def usual_provider(slug: str) -> str:
    """How the tool of a template signs, as far as its template says."""
    template = all_templates().get(slug)
    return (template.signature if template else "") or "generic"


def door_of(row: Integration) -> Door:
    """The row, as the way in sees it."""
    fields: dict[str, Any] = {
        name: getattr(row, name)
        for name in ("service_id", "template", "is_enabled", "signature_form", "chat_app_id")
    }
    return Door(
        integration_id=row.pk,
        signature_provider=provider_of(row),
        signature_secrets=tuple(secret.text for secret in keyring.read(row.signature_secret)),
        guard=guard_of(row.allowed_networks, row.basic_user, row.basic_password, row.bearer_token),
        rate_limit=row.effective_rate_limit,
        version=row.changed_at,
        must_be_signed=row.kind == Integration.Kind.CHAT,
        **fields,
    )


DOORS = Doors()
