"""What changes a schedule for a time: single events, overrides, and swaps that were taken."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial

from integrations.importers.gathering import Found, Part, not_taken, without_secrets
from integrations.importers.grafana_oncall.source import Source
from integrations.importers.grafana_oncall.values import duration_s, naive, people_of
from integrations.importers.neutral import Cover, Object, Override
from integrations.importers.rows import FieldError, Row, wall_after
from integrations.importers.spans import Span, union_of

UTC_ZONE = "UTC"  # of shifts that were made on the web, unless they name another one


def is_one_level(shifts: list[Row]) -> bool:
    """Whether all shifts but overrides are of one level. Raises FieldError."""
    return len({row.whole("level", 0) for row in shifts if row.word("type") != "override"}) <= 1


def events_of(schedule: str, shifts: list[Row], zone: str) -> Iterator[Found]:
    """What happens once: single events, which join the only level, then overrides, of which those
    of the same time are on call together."""
    singles = [row for row in shifts if row.word("type") == "single_event"]
    if is_one_level(shifts):
        yield Part(singles, "on-call shift", partial(_single, schedule, zone))
    rows = [row for row in shifts if row.word("type") == "override"]
    spans, broken = [], []
    for row in rows:
        try:
            is_of_web = row.text("schedule") == schedule
            spans.append(span_of(row, UTC_ZONE if is_of_web else zone))
        except FieldError:
            broken.append(row)
    yield Part(broken, "on-call shift", partial(_single, schedule, zone))
    for start, end, people in union_of(spans):
        yield Override(
            id=f"{schedule}:override:{start.isoformat()}",
            schedule=schedule,
            kind="instead" if people else "nobody",
            starts_at=start,
            ends_at=end,
            people=people,
            reason="" if people else "An override that names nobody",
            document={"people": list(people), "until": end.isoformat()},
        )


def _single(schedule: str, zone: str, row: Row) -> Iterator[Object]:
    start, end, people = span_of(row, zone)
    if not people:
        raise FieldError(f"{row.place}.users names nobody.")
    yield Override(
        id=row.id(),
        schedule=schedule,
        kind="also",
        starts_at=start,
        ends_at=end,
        people=tuple(people),
        document=without_secrets(row.fields),
    )


def span_of(row: Row, schedule_zone: str) -> Span:
    """When an event that happens once begins and ends, and its people. Raises FieldError."""
    start, zone = naive(row, "start"), row.zone("time_zone") or schedule_zone
    if start is None:
        raise FieldError(f"{row.place}.start is missing.")
    people = row.texts("users")
    if not people and row.has("rolling_users"):
        people = [person for slot in people_of(row, "rolling_users")[:1] for person in slot]
    ends = wall_after(start.isoformat(), duration_s(row))
    clock = Row(row.place, {"start": start.isoformat(), "end": ends})
    return clock.instant("start", zone), clock.instant("end", zone), people


def swaps_of(source: Source, schedule: str) -> Part:
    """Taken swaps, in the order in which they were made."""
    rows = source.lists.of("swaps", "schedule").get(schedule, [])
    rows = [row for row in rows if swap_status(row) == "taken"]
    rows.sort(key=lambda one: str(one.get("created_at") or ""))
    return Part(rows, "shift swap", partial(_swap, schedule))


def _swap(schedule: str, row: Row) -> Iterator[Object]:
    starts_at, ends_at = row.instant("swap_start"), row.instant("swap_end")
    if ends_at <= starts_at:
        raise FieldError(f"{row.place}.swap_end is not after its start.")
    yield Override(
        id=row.id(),
        schedule=schedule,
        kind="instead",
        starts_at=starts_at,
        ends_at=ends_at,
        people=(row.id("benefactor"),),
        instead_of=row.id("beneficiary"),
        document=without_secrets(row.fields),
    )


def open_swap(row: Row, now: datetime) -> Object:
    """A swap that nobody has taken: a request for cover, unless it is over. Raises FieldError."""
    starts_at, ends_at = row.instant("swap_start"), row.instant("swap_end")
    if ends_at <= starts_at:
        raise FieldError(f"{row.place}.swap_end is not after its start.")
    if ends_at <= now:
        return not_taken(row, "shift swap", "Nobody has taken it, and it is over.")
    return Cover(
        id=row.id(),
        schedule=row.id("schedule"),
        person=row.id("beneficiary"),
        starts_at=starts_at,
        ends_at=ends_at,
        message=row.text("description"),
        document=without_secrets(row.fields),
    )


def swap_status(row: Row) -> str:
    """taken, open or another word. Raises FieldError."""
    return row.word("status") or ("taken" if row.has("benefactor") else "open")
