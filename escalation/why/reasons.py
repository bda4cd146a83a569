"""An answer: yes or no, in one sentence, and the reasons for it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Reason:
    """One sentence, and the time of what it tells; None where it has none."""

    text: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """``is_yes``: they were paged, or are on call. ``text`` says why, or why not; ``reasons`` are
    all that is known, in order."""

    is_yes: bool
    text: str
    reasons: Sequence[Reason] = field(default_factory=tuple)


def sentence(text: str) -> str:
    """With a capital at its beginning and a full stop at its end."""
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."
