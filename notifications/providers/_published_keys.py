"""Keys that somebody publishes for whoever has to check their signatures (JWKS, RFC 7517)."""

import threading
import time
from collections.abc import Callable
from typing import Any

from notifications.channels._base import fields_of
from notifications.errors import CallbackRefused
from opsportal.lib.net import http
from opsportal.lib.net.errors import DeliveryError
from opsportal.lib.signatures.errors import CannotVerify

TIMEOUT_S = 3.0
MAX_BYTES = 4 * 2**20
TTL_S = 24 * 3600.0
AGAIN_S = 60.0  # So soon at the earliest they are asked for again, for a key that is not there.


class PublishedKeys:
    """The keys by their id, fetched once a day, and for a key that is not among them.

    ``where`` says the URL of the key set; it may have to ask, and raises DeliveryError.
    """

    def __init__(self, label: str, where: Callable[[], str]) -> None:
        self.label, self.where = label, where
        self.lock = threading.Lock()
        self.forget()

    def forget(self) -> None:
        self.kept: dict[str, dict[str, Any]] = {}
        self.fetched_at = self.asked_at = float("-inf")

    def find(self, key_id: str) -> dict[str, Any]:
        """Raises CallbackRefused for a key that is none of theirs, and CannotVerify where they
        cannot be fetched now."""
        with self.lock:  # Of several that come at once one fetches; no row is locked here.
            now = time.monotonic()
            is_fresh = key_id in self.kept and now - self.fetched_at < TTL_S
            if not is_fresh and now - self.asked_at > AGAIN_S:
                self._fetch(now)
            found = self.kept.get(key_id)
        if found is None and self.fetched_at < self.asked_at:
            raise CannotVerify(f"The keys of {self.label} cannot be fetched now.")
        if found is None:
            raise CallbackRefused("The token is signed by an unknown key.")
        return found

    def refresh(self) -> None:
        """Fetch them. Raises DeliveryError."""
        with self.lock:
            self._load(time.monotonic())

    def _fetch(self, now: float) -> None:
        self.asked_at = now
        try:
            self._load(now)
        except DeliveryError:
            return

    def _load(self, now: float) -> None:
        keys = object_at_url(self.where(), self.label).get("keys") or []
        self.kept = {str(key.get("kid")): key for key in keys if isinstance(key, dict)}
        self.fetched_at = self.asked_at = now


def object_at_url(url: str, label: str) -> dict[str, Any]:
    """The JSON object that somebody publishes. Raises DeliveryError."""
    response = http.download(url, headers={}, timeout=TIMEOUT_S, max_bytes=MAX_BYTES)
    if not response.ok:
        raise DeliveryError(f"{label}'s keys: {response.status_code}.", provider_fault=True)
    return fields_of(response)
