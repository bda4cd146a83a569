"""In-process cache: key digest or public id of an integration → EndpointConfig.

An entry lives 10 s, and at most 10,000 are kept. A stale entry is detected by its ``version`` at
the INSERT of the message (``Changed``), so that a change takes effect at once.
"""

import re
import threading
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.utils import timezone

from integrations.catalog import all_templates
from integrations.inbound.access import AccessPolicy, policy_for
from integrations.inbound.key_use import note_use
from integrations.inbound.urgent_words import ANY, urgent_pattern
from integrations.mapping.rules import reads_query
from integrations.models import Integration, RetiredKey, digest_of
from integrations.signatures import bot_framework, keyring, needs_secret
from opsportal.lib.encryption import readable, stored_value

TTL_S = 10.0
MAX_ENTRIES = 10_000
DEMANDED = ("signature_secret", "basic_password", "bearer_token")  # encrypted, of a sender


class Changed(Exception):
    """The integration was changed since its endpoint was cached: resolve it again."""


@dataclass(frozen=True, slots=True)
class EndpointConfig:
    """What accepting a message needs of an integration. ``version`` is the row's ``changed_at``."""

    integration_id: int
    service_id: int
    template: str
    is_enabled: bool
    signature_provider: str
    signature_secrets: tuple[str, ...]
    signature_form: dict[str, Any]
    access: AccessPolicy
    rate_limit: int  # messages per minute; 0 is no limit
    version: datetime
    chat_app_id: str = ""
    refuses_replays: bool = True  # What is signed is remembered.
    must_be_signed: bool = False  # Without a secret every message is rejected.
    takes_query: bool = False  # Its rules read messages that come by GET, in the query.
    urgent: re.Pattern[bytes] = ANY  # what may be critical, or an end
    forward_until: datetime | None = None  # Until then messages are forwarded to the old pager.
    is_unreadable: bool = False  # What is demanded of a sender cannot be read: nobody gets in.

    @property
    def handshake(self) -> str:
        """The verification request of its tool (a name in ``catalog.handshakes``); '' for none."""
        known = all_templates().get(self.template)
        return known.handshake if known else ""

    @property
    def answer(self) -> dict[str, Any] | None:
        """The response body that its tool expects; None for the default one."""
        known = all_templates().get(self.template)
        return known.answer if known else None

    @property
    def is_signed(self) -> bool:
        """Whether a message must carry a valid signature."""
        if self.must_be_signed:
            return True
        by_secret = needs_secret(self.signature_provider)
        return bool(self.signature_secrets) if by_secret else True

    def for_app(self) -> "EndpointConfig":
        """For activities of a Teams app: a Bot Framework token takes the place of the secret."""
        return replace(
            self,
            signature_provider=bot_framework.NAME,
            signature_secrets=(self.chat_app_id,),
            must_be_signed=True,
        )

    def unchecked(self) -> "EndpointConfig":
        """For messages that were authenticated already, or come by another transport than HTTP."""
        return replace(
            self,
            signature_provider="",
            signature_secrets=(),
            access=AccessPolicy(),
            must_be_signed=False,
            is_unreadable=False,
        )

    def trusted(self) -> "EndpointConfig":
        """For messages of the portal itself: neither authenticated nor rate limited."""
        return replace(self.unchecked(), rate_limit=0)


class EndpointCache:
    """Thread-safe. Unknown keys are not cached: each asks the database by its unique index.

    ``entries``: key → until when it holds, in seconds of the monotonic clock, and what it is.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.entries: dict[tuple[str, str], tuple[float, EndpointConfig]] = {}

    def by_token(self, token: str) -> EndpointConfig | None:
        """The integration with this key, or which had it and still honours it; of several the
        first by ``sequence``. That the key is used is noted, to the minute."""
        digest = digest_of(token)
        found = self._find("token_digest", digest)
        if found is not None:
            note_use(digest)
        return found

    def first_known(self, tokens: Sequence[str]) -> str:
        """The first of these keys that an integration has, by one query; '' if there is none."""
        digests = {digest_of(token): token for token in tokens}
        rows = Integration.objects.filter(token_digest__in=list(digests))
        known = set(rows.values_list("token_digest", flat=True))
        return next((token for digest, token in digests.items() if digest in known), "")

    def by_public_id(self, public_id: str) -> EndpointConfig | None:
        """The integration with this UUID; None also for a text that is no UUID."""
        try:
            return self._find("public_id", str(uuid.UUID(public_id)))
        except ValueError:
            return None

    def forget(self, integration_id: int) -> None:
        """Drop every entry of an integration."""
        with self.lock:
            gone = [
                key
                for key, (_, entry) in self.entries.items()
                if entry.integration_id == integration_id
            ]
            for key in gone:
                del self.entries[key]

    def _find(self, field: str, value: str) -> EndpointConfig | None:
        known = self.entries.get((field, value))
        if known and time.monotonic() < known[0]:
            return known[1]
        row = Integration.objects.filter(**{field: value}).order_by("sequence", "pk").first()
        ttl_s = TTL_S
        if row is None and field == "token_digest":
            row, ttl_s = _by_retired_token(value)
        if row is None:
            return None
        config = config_for(row)
        with self.lock:
            if len(self.entries) >= MAX_ENTRIES:
                self.entries.clear()
            self.entries[field, value] = (time.monotonic() + ttl_s, config)
        return config


def _by_retired_token(digest: str) -> tuple[Integration | None, float]:
    """The integration whose token was replaced by another and is still valid; for how long, in
    seconds, that may be remembered."""
    now = timezone.now()
    keys = RetiredKey.objects.valid(now).filter(digest=digest).select_related("integration")
    key = keys.order_by("integration__sequence", "integration").first()
    if key is None:
        return None, 0.0
    return key.integration, min(TTL_S, (key.valid_until - now).total_seconds())


def provider_of(row: Integration) -> str:
    """The signature provider: the one that was chosen, else the usual one of its template."""
    if row.signature_provider or not row.has_signature_secret:
        return row.signature_provider
    return usual_provider(row.template)


def usual_provider(slug: str) -> str:
    """The signature provider that a template names; ``generic`` where it names none."""
    template = all_templates().get(slug)
    return (template.signature if template else "") or "generic"


def config_for(row: Integration) -> EndpointConfig:
    """The configuration in a row, uncached."""
    fields: dict[str, Any] = {
        name: getattr(row, name)
        for name in (
            "service_id",
            "template",
            "is_enabled",
            "signature_form",
            "chat_app_id",
            "refuses_replays",
            "forward_until",
        )
    }
    secrets = [readable(row, name, "") for name in DEMANDED]
    return EndpointConfig(
        integration_id=row.pk,
        signature_provider=provider_of(row),
        signature_secrets=tuple(secret.text for secret in keyring.read(secrets[0])),
        access=policy_for(row.allowed_networks, row.basic_user, *secrets[1:]),
        rate_limit=row.effective_rate_limit,
        version=row.changed_at,
        urgent=urgent_pattern(row.rules),
        takes_query=reads_query(row.rules),
        must_be_signed=row.kind == Integration.Kind.CHAT,
        is_unreadable=any(stored_value(row, name) for name in DEMANDED),
        **fields,
    )


endpoint_cache = EndpointCache()
