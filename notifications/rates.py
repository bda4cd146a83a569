"""How many messages a provider, or one place there, takes: rates and the limits they make. Pure."""

from dataclasses import dataclass
from hashlib import sha256

MAX_KEY = 300


@dataclass(frozen=True, slots=True)
class Rate:
    """So many messages a second, and so many at once after a rest."""

    per_s: float
    burst: int

    def __str__(self) -> str:
        if self.per_s >= 1:
            return f"{self.per_s:g} a second, {self.burst} at once"
        return f"one every {1 / self.per_s:g} s, {self.burst} at once"


@dataclass(frozen=True, slots=True)
class Limit:
    """A rate that holds for all that is sent under its key; ``name`` is for people."""

    key: str
    rate: Rate
    name: str

    @classmethod
    def of_place(cls, owner: str, place: str, rate: Rate, name: str) -> "Limit":
        """That of one place of an owner, such as a channel of a workspace: its key holds nothing
        that could be a secret."""
        digest = sha256(place.encode()).hexdigest()[:16]
        return cls(f"{owner[: MAX_KEY - 20]} … {digest}", rate, name)
