"""Redaction of secrets in bodies, headers and queries that people read."""

import re
from collections.abc import Sequence
from typing import Any

from integrations.inbound.request import REDACTED, is_secret
from integrations.signatures import keyring
from opsportal.lib.encryption import readable
from opsportal.lib.log_redaction import NAMES

SECRET = re.compile(NAMES, re.IGNORECASE)
# Every field, in one pass: whether its name is that of a secret is asked of each match.
IN_JSON = re.compile(r'("(?P<name>[^"\\]*+)"\s*+:\s*+")(?:[^"\\]|\\.)++(?=")')
IN_FORM = re.compile(r"((?:^|[&?])(?P<name>[^&?=\s]*+)=)[^&\s]++")
# What is a key wherever it stands: behind its scheme, before the host of an address, by its form.
IN_TEXT = re.compile(r"(\b(?:bearer|basic|token token=)\s+|://[^/\s:@]+:)([^\s&@\"'<>]+)", re.I)
BY_FORM = re.compile(r"\b(?:sk_live_|gh[pousr]_|xox[abprs]-|glpat-|AKIA)[\w\-]{8,}")
ENCRYPTED = ("token", "basic_password", "bearer_token", "forward_key")
MIN_SECRET_CHARS = 6  # A shorter value would cover words that are no secret.


def secrets_of(integration: Any) -> tuple[str, ...]:
    """The secrets of an integration, which are redacted wherever they occur."""
    if not integration:
        return ()
    signing = keyring.read(readable(integration, "signature_secret", ""))
    plain = (readable(integration, name, "") for name in ENCRYPTED)
    retired = integration.retired_keys.filter(kind="token")
    mine = (
        *plain,
        *(secret.text for secret in signing),
        *(readable(key, "secret", "") for key in retired),
    )
    return tuple(secret for secret in mine if secret)


def redact_tree(tree: Any, secrets: Sequence[str] = ()) -> Any:
    """A copy of the tree with fields named like secrets, and ``secrets`` anywhere, redacted."""
    if isinstance(tree, dict):
        return {name: _field(str(name), value, secrets) for name, value in tree.items()}
    if isinstance(tree, list):
        return [redact_tree(value, secrets) for value in tree]
    return _cover(tree, secrets) if isinstance(tree, str) else tree


def redact_text(text: str, secrets: Sequence[str] = ()) -> str:
    """The same for a text; everything else in it is unchanged."""
    return _cover(IN_FORM.sub(_named, IN_JSON.sub(_named, text)), secrets)


def redact_headers(headers: dict[str, str], secrets: Sequence[str] = ()) -> dict[str, str]:
    """The same for headers, or the parameters of a query."""
    return {
        name: REDACTED if is_secret(name) or SECRET.search(name) else _cover(value, secrets)
        for name, value in headers.items()
    }


def _named(field: re.Match[str]) -> str:
    return f"{field[1]}{REDACTED}" if SECRET.search(field["name"]) else field[0]


def _field(name: str, value: Any, secrets: Sequence[str]) -> Any:
    is_plain = isinstance(value, str | int | float) and not isinstance(value, bool)
    if is_plain and value != "" and SECRET.search(name):
        return REDACTED
    return redact_tree(value, secrets)


def _cover(text: str, secrets: Sequence[str]) -> str:
    for secret in secrets:
        if len(secret) >= MIN_SECRET_CHARS:
            text = text.replace(secret, REDACTED)
    return BY_FORM.sub(REDACTED, IN_TEXT.sub(rf"\1{REDACTED}", text))
