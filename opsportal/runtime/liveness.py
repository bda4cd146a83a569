"""When each service was last seen alive, in memory that the supervisor shares with its children.

The database may be away; a service that works on without it is not to be restarted for that.
"""

import time
from collections.abc import Iterable

from opsportal.lib.shared_numbers import SharedNumbers


class LivenessTable:
    """A time of ``time.monotonic()`` for each name; made before the services are forked."""

    def __init__(self, names: Iterable[str]) -> None:
        self.times = SharedNumbers(names)

    def report(self, name: str, at: float) -> None:
        """Note that the service was alive at a time."""
        self.times[name] = at

    def silent_s(self, name: str, uptime_s: float) -> float:
        """For how many seconds a service that has run for ``uptime_s`` has been silent."""
        return min(time.monotonic() - self.times[name], uptime_s)
