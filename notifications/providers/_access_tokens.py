"""Access tokens that are asked for by OAuth, kept in memory until shortly before they end."""

import threading
import time
from collections.abc import Callable
from hashlib import sha256

MARGIN_S = 300.0


class AccessTokens:
    """By what they were asked for with, of which only a digest is kept."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.kept: dict[str, tuple[float, str]] = {}

    def get(self, credentials: str, fetch: Callable[[], tuple[str, float]]) -> str:
        """The token; ``fetch`` asks for a new one, and for how many seconds it is good."""
        name = _digest(credentials)
        until, token = self.kept.get(name, (0.0, ""))
        if time.monotonic() >= until:
            token, seconds = fetch()
            with self.lock:
                self.kept[name] = (time.monotonic() + seconds - MARGIN_S, token)
        return token

    def forget(self, credentials: str) -> None:
        with self.lock:
            self.kept.pop(_digest(credentials), None)


def _digest(credentials: str) -> str:
    return sha256(credentials.encode()).hexdigest()
