"""Who signs how, and whether a message is signed by who has the secret."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypedDict, Unpack

from integrations.errors import BadSignature
from integrations.signatures import bot_framework
from integrations.signatures.custom import CUSTOM, signer_of
from integrations.signatures.hmac_scheme import Message, Signer
from integrations.signatures.providers import PROVIDERS, Provider

__all__ = ["CUSTOM", "PROVIDERS", "Message", "Provider", "Signer", "needs_secret", "verify"]

# Those that belong to a door of their own: nobody chooses them.
OF_A_DOOR = {bot_framework.NAME: bot_framework.BotFramework()}
LABELS = {name: provider.label for name, provider in PROVIDERS.items()} | {CUSTOM: "Custom"}


def needs_secret(provider: str) -> bool:
    """Whether it takes a secret of ours to check its signatures."""
    known = PROVIDERS.get(provider)
    return known is None or known.needs_secret


class Options(TypedDict, total=False):
    """What some providers sign as well, or need to know."""

    url: str
    content_type: str
    form: Mapping[str, Any] | None  # How the provider "custom" signs.


def verify(
    provider: str,
    secrets: Sequence[str],
    headers: Mapping[str, str],
    body: bytes,
    now: datetime,
    **options: Unpack[Options],
) -> None:
    """Pass if any of the secrets signed these very bytes; BadSignature says what is wrong.

    Raises CannotVerify where the keys of a provider cannot be fetched, which is no verdict.
    """
    signer = PROVIDERS.get(provider) or OF_A_DOOR.get(provider)
    if provider == CUSTOM:
        signer = signer_of(options.get("form") or {})
    if signer is None:
        raise BadSignature(f"“{provider}” is no known way to sign")
    lowered = {name.lower(): value for name, value in headers.items()}
    url, content_type = options.get("url", ""), options.get("content_type", "")
    signer.verify(secrets, Message(lowered, bytes(body), url, content_type), now)
