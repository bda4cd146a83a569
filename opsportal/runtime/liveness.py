"""When each service was last seen alive, in memory that the supervisor shares with its children.

The database may be away; a service that works on without it is not to be restarted for that.
"""

import mmap
import struct
import time
from collections.abc import Iterable

STAMP = struct.Struct("d")


class LivenessTable:
    """A time of ``time.monotonic()`` for each name; made before the services are forked."""

    def __init__(self, names: Iterable[str]) -> None:
        self.offsets = {name: index * STAMP.size for index, name in enumerate(names)}
        self.memory = mmap.mmap(-1, max(1, len(self.offsets)) * STAMP.size)

    def report(self, name: str, at: float) -> None:
        """Note that the service was alive at a time."""
        STAMP.pack_into(self.memory, self.offsets[name], at)

    def silent_s(self, name: str, uptime_s: float) -> float:
        """For how many seconds a service that has run for ``uptime_s`` has been silent."""
        (at,) = STAMP.unpack_from(self.memory, self.offsets[name])
        return min(time.monotonic() - at, uptime_s)
