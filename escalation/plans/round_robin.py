"""Whose turn it is in a round robin. Pure.

An entry that can not be asked is skipped and does not lose its turn: it comes first again as soon
as it can be asked.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Ring:
    """A round robin: its entries as codes (``user:3``, ``schedule:4``), and whose turn it is.

    ``skipped``: those who could not be asked when it was their turn, the first skipped first.
    """

    name: str
    entries: tuple[str, ...]
    next_index: int = 0
    skipped: tuple[str, ...] = ()
    new_person_each_repeat: bool = True


def pick(ring: Ring, can_be_asked: Callable[[str], bool]) -> tuple[str | None, Ring]:
    """→ (the code of the entry whose turn it is, the round robin after that turn).

    None, and nothing changed, where no entry can be asked.
    """
    owed = next((code for code in ring.skipped if can_be_asked(code)), None)
    if owed is not None and owed in ring.entries:
        rest = tuple(code for code in ring.skipped if code != owed)
        is_next = ring.entries[_start(ring)] == owed
        index = (_start(ring) + is_next) % len(ring.entries)
        return owed, replace(ring, skipped=rest, next_index=index)
    passed: list[str] = []
    for place in range(_start(ring), _start(ring) + len(ring.entries)):
        code = ring.entries[place % len(ring.entries)]
        if can_be_asked(code):
            skipped = dict.fromkeys([*ring.skipped, *passed])
            following = (place + 1) % len(ring.entries)
            return code, replace(ring, next_index=following, skipped=tuple(skipped))
        passed.append(code)
    return None, ring


def asks_anew(ring: Ring, asked_in: int | None, repeat: int, retry: int) -> bool:
    """Whether a step asks the next one: when it is taken for the first time, and in a later repeat
    where the round robin says so; a retry asks the same. ``asked_in``: the repeat of its turn."""
    if asked_in is None:
        return True
    return retry == 0 and repeat > asked_in and ring.new_person_each_repeat


def after(ring: Ring, code: str, places: int) -> str | None:
    """The entry so many places after another; None where that would be one asked before."""
    if code not in ring.entries or places >= len(ring.entries):
        return None
    return ring.entries[(ring.entries.index(code) + places) % len(ring.entries)]


def with_entries(ring: Ring, entries: Sequence[str]) -> Ring:
    """The same with other entries: it is still the turn of the same one, or, where that one is
    gone, of the first after it that stayed."""
    kept = tuple(code for code in ring.skipped if code in entries)
    start = _start(ring)
    following = [*ring.entries[start:], *ring.entries[:start]]
    turn = next((code for code in following if code in entries), None)
    index = list(entries).index(turn) if turn else 0
    return replace(ring, entries=tuple(entries), next_index=index, skipped=kept)


def _start(ring: Ring) -> int:
    return ring.next_index % len(ring.entries) if ring.entries else 0
