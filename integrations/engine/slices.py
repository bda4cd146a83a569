"""Slices: how much is done in one transaction, so that nobody waits long for it.

A slice holds many small messages or a part of a large one, and takes about `SLICE_S`. It is never
very small: most of what a transaction costs does not depend on how much it does.
"""

import time
from dataclasses import dataclass, field

SLICE_S = 0.25
MIN_EVENTS, MAX_EVENTS = 100, 500


@dataclass(slots=True)
class Slice:
    """The room that is left in one slice: for ``limit`` events, and for a time."""

    limit: int = MAX_EVENTS
    began_at: float = field(default_factory=time.monotonic)
    events: int = 0

    @property
    def seconds(self) -> float:
        """Since it began."""
        return time.monotonic() - self.began_at

    @property
    def is_full(self) -> bool:
        return self.events >= self.limit or self.seconds > SLICE_S


@dataclass(slots=True)
class SliceSize:
    """How many events fit into a slice, as the last ones took."""

    events: int = MIN_EVENTS

    def learn(self, done: Slice) -> None:
        """At most doubled at once; what was no full slice does not say how many fit."""
        if done.seconds <= SLICE_S and done.events < self.events:
            return
        fitting = int(done.events * SLICE_S / max(done.seconds, 0.001))
        self.events = max(MIN_EVENTS, min(fitting, 2 * self.events, MAX_EVENTS))
