"""The keys with which the Bot Framework signs, as Microsoft publishes them."""

import json
import threading
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from opsportal.lib.net import http
from opsportal.lib.net.errors import DeliveryError
from opsportal.lib.signatures.errors import BadSignature, CannotVerify

HOST = "login.botframework.com"
METADATA = f"https://{HOST}/v1/.well-known/openidconfiguration"
TIMEOUT_S = 2.0  # Twice, and Teams waits for five.
KEYS_TTL_S = 24 * 3600.0
FAILURE_TTL_S = 30.0  # For so long nobody asks again for what could not be had.
REFETCH_INTERVAL_S = 60.0  # Who makes up ids of keys leads us there once a minute at most.
MAX_KEYS = 100


class _OutOfReach(Exception):
    """The keys cannot be fetched; the text says why."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A public key. ``endorsements`` are the channels that it may sign for; None for all."""

    public_key: RSAPublicKey
    endorsements: frozenset[str] | None = None

    def is_for(self, channel: str) -> bool:
        return self.endorsements is None or channel in self.endorsements


class SigningKeys:
    """Cached for 24 hours; fetched again, at most once a minute, for an unknown key id."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.forget()

    def forget(self) -> None:
        """Drop all keys."""
        self.kept: dict[str, SigningKey] = {}
        self.fetched_at = self.failed_at = self.asked_again_at = float("-inf")
        self.why = ""

    def key_of(self, kid: str) -> SigningKey:
        """The key with this id. Raises BadSignature for an unknown one, or CannotVerify."""
        known = self.kept.get(kid)
        if known and not self._is_stale():
            return known
        with self.lock:  # Of several that come at once one fetches; no row is locked here.
            if self._is_stale():
                self._fetch()
            elif kid not in self.kept and self._may_refetch():
                self.asked_again_at = time.monotonic()
                self._fetch()
            found = self.kept.get(kid)
        if found is None:
            raise BadSignature("the token names a key that Microsoft does not publish")
        return found

    def _may_refetch(self) -> bool:
        return time.monotonic() - self.asked_again_at > REFETCH_INTERVAL_S

    def _is_stale(self) -> bool:
        return time.monotonic() - self.fetched_at > KEYS_TTL_S

    def _fetch(self) -> None:
        if time.monotonic() - self.failed_at < FAILURE_TTL_S:
            raise CannotVerify(self.why)
        try:
            self.kept = keys_in(_ask(address_in(_ask(METADATA))))
        except _OutOfReach as failure:
            self.failed_at, self.why = time.monotonic(), str(failure)
            raise CannotVerify(self.why) from None
        self.fetched_at = time.monotonic()


def address_in(metadata: dict[str, Any]) -> str:
    """The URL of the keys, which has to be at HOST. Raises _OutOfReach."""
    url = metadata.get("jwks_uri")
    try:
        parts = urlsplit(url if isinstance(url, str) else "")
    except ValueError:
        parts = urlsplit("")
    # What a parser may read in two ways, such as “@”, “\\” or a port, makes another netloc.
    if parts.scheme != "https" or parts.netloc.lower() != HOST or not isinstance(url, str):
        raise _OutOfReach(f"The keys of Microsoft are not at {HOST}.")
    return url


def keys_in(published: dict[str, Any]) -> dict[str, SigningKey]:
    """The RSA keys by key id; others are skipped. Raises _OutOfReach if there are none."""
    rows = published.get("keys")
    found = {}
    for row in rows[:MAX_KEYS] if isinstance(rows, list) else []:
        kid = row.get("kid") if isinstance(row, dict) else None
        if isinstance(kid, str) and (key := _key(row)):
            found[kid] = key
    if not found:
        raise _OutOfReach(f"{HOST} publishes no key that can be read.")
    return found


def _key(row: dict[str, Any]) -> SigningKey | None:
    if row.get("kty") != "RSA" or row.get("use", "sig") != "sig":
        return None
    try:
        public = jwt.PyJWK(row, algorithm="RS256").key
    except jwt.PyJWTError:
        return None
    endorsed = row.get("endorsements")
    channels = frozenset(map(str, endorsed)) if isinstance(endorsed, list) else None
    return SigningKey(public, channels) if isinstance(public, RSAPublicKey) else None


def _ask(url: str) -> dict[str, Any]:
    try:
        answer = http.send("GET", url, timeout=TIMEOUT_S)
        answer.raise_for_status()
        found = json.loads(answer.content)
    except (DeliveryError, http.RequestException) as error:
        raise _OutOfReach(f"The keys of Microsoft cannot be fetched: {error}") from None
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise _OutOfReach(f"What {HOST} answers is no JSON object.")
    return found


KEYS = SigningKeys()
