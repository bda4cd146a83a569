"""Verification of message signatures, by provider."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypedDict, Unpack

from integrations.signatures import bot_framework
from integrations.signatures.custom import CUSTOM, signer_of
from integrations.signatures.providers import PROVIDERS, Provider
from opsportal.lib.signatures.errors import BadSignature
from opsportal.lib.signatures.hmac_scheme import Message, Signer

__all__ = ["CUSTOM", "PROVIDERS", "Message", "Provider", "Signer", "needs_secret", "verify"]

# Those of one endpoint only: nobody chooses them.
OF_ENDPOINTS = {bot_framework.NAME: bot_framework.BotFramework()}
LABELS = {name: provider.label for name, provider in PROVIDERS.items()} | {CUSTOM: "Custom"}


def needs_secret(provider: str) -> bool:
    """Whether verifying this provider takes a shared secret (SNS uses certificates)."""
    known = PROVIDERS.get(provider)
    return known is None or known.needs_secret


class Options(TypedDict, total=False):
    """What some providers sign as well, or need to know."""

    url: str
    content_type: str
    form: Mapping[str, Any] | None  # How the provider "custom" signs.


def signed_digest(
    provider: str, headers: Mapping[str, str], body: bytes, **options: Unpack[Options]
) -> str:
    """BLAKE2b-128, in hexadecimal, of what the signature of a verified message is about.

    Where a time or an id is signed as well, two messages of one body have different ones.
    """
    signer = _signer_of(provider, options)
    lowered = {name.lower(): value for name, value in headers.items()}
    text = bytes(body)
    if isinstance(signer, Signer):
        url, content_type = options.get("url", ""), options.get("content_type", "")
        text = signer.signed_text(Message(lowered, text, url, content_type))
    return hashlib.blake2b(text, digest_size=16).hexdigest()


def _signer_of(provider: str, options: Options) -> Provider | bot_framework.BotFramework | None:
    if provider == CUSTOM:
        return signer_of(options.get("form") or {})
    return PROVIDERS.get(provider) or OF_ENDPOINTS.get(provider)


def verify(
    provider: str,
    secrets: Sequence[str],
    headers: Mapping[str, str],
    body: bytes,
    now: datetime,
    **options: Unpack[Options],
) -> None:
    """Return if any of the secrets signed these bytes; else raise BadSignature with the reason.

    Raises CannotVerify if a public key or certificate cannot be fetched.
    """
    signer = _signer_of(provider, options)
    if signer is None:
        raise BadSignature(f"“{provider}” is no known way to sign")
    lowered = {name.lower(): value for name, value in headers.items()}
    url, content_type = options.get("url", ""), options.get("content_type", "")
    try:
        signer.verify(secrets, Message(lowered, bytes(body), url, content_type), now)
    except RecursionError:
        raise BadSignature("the message is nested too deep to be verified") from None
