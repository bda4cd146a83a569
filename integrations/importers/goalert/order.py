"""The order of a rotation. It keeps its place as a state, not by arithmetic: its order is told by
whoever is on call now and the next hand-over. From these it is counted back to its start, so that
it reads the same whenever it is read."""

from collections.abc import Sequence
from datetime import datetime

from integrations.importers.gathering import approximate
from integrations.importers.neutral import Note
from integrations.importers.rows import Row

MINUTES = {"hour": 60, "day": 24 * 60, "week": 7 * 24 * 60}
Order = tuple[str, list[list[str]]]


def order_of(row: Row, zone: str, people: Sequence[str], turn: tuple[str, int]) -> Order:
    """(anchor, ring) of a rotation whose turn is (unit, how many). Raises FieldError."""
    slots = [[person] for person in people] or [[]]
    start = row.needed_wall("start", zone)
    times = row.texts("nextHandoffTimes")
    active = row.between("activeUserIndex", -1, max(len(people) - 1, 0), 0)
    if not times:
        return start, slots
    following = Row(f"{row.place}.nextHandoffTimes", {"0": times[0]}).needed_wall("0", zone)
    turns = _turns_between(start, following, *turn)
    first = (active + 1 - (turns or 0)) % len(slots)
    return (following if turns is None else start), slots[first:] + slots[:first]


def notes_of(row: Row, people: Sequence[str]) -> list[Note]:
    """That the order may be another one, where whoever is next was not exported."""
    if len(people) < 2 or row.texts("nextHandoffTimes"):
        return []
    text = "Its next hand-over was not exported: the order is that of its start."
    return [approximate(f"{row.text('name') or row.id()}: {text}")]


def _turns_between(start: str, end: str, unit: str, every: int) -> int | None:
    """How many whole turns lie between two times on one wall; None where that is no whole number,
    as after hours over a change of the clock."""
    since, until = datetime.fromisoformat(start), datetime.fromisoformat(end)
    if unit in MINUTES:
        minutes = (until - since).total_seconds() / 60
        turns, rest = divmod(minutes, MINUTES[unit] * every)
        return None if rest else int(turns)
    months = (until.year - since.year) * 12 + until.month - since.month
    is_whole = (since.day, since.time()) == (until.day, until.time()) and months % every == 0
    return months // every if is_whole else None
