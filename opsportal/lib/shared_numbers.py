"""Numbers by name, in memory that is shared with the processes which are forked later."""

import mmap
import struct
from collections.abc import Iterable

NUMBER = struct.Struct("d")


class SharedNumbers:
    """Each is 0 at first, and read and written in one go."""

    def __init__(self, names: Iterable[str]) -> None:
        self.offsets = {name: index * NUMBER.size for index, name in enumerate(names)}
        self.memory = mmap.mmap(-1, max(1, len(self.offsets)) * NUMBER.size)

    def __getitem__(self, name: str) -> float:
        (number,) = NUMBER.unpack_from(self.memory, self.offsets[name])
        return float(number)

    def __setitem__(self, name: str, number: float) -> None:
        NUMBER.pack_into(self.memory, self.offsets[name], number)
