"""What the resolver needs of schedules, read from the database: seven queries for any number."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache

import orjson
from django.db.models import Q, TextField
from django.db.models.functions import Cast

from escalation.models import Absence, Holiday, LayerCalendar, Override, Schedule, ScheduleVersion
from escalation.schedules import facts, resolver
from escalation.schedules.definition import Definition
from escalation.schedules.facts import Facts, Interval, OverrideKind, Version
from escalation.schedules.spans import Span
from escalation.schedules.timeline import Timeline
from escalation.schedules.windows import number_of_day
from incidents.models import InactivePeriod, User

FAR = 2**40  # an instant after every other


def instant_of(at: datetime) -> int:
    """An aware datetime as seconds since 1970; parts of a second are dropped."""
    return int(at.timestamp())


def time_of(instant: int) -> datetime:
    """The instant as a datetime in UTC."""
    return datetime.fromtimestamp(instant, UTC)


def load_people(start: datetime, end: datetime) -> Facts:
    """When people are inactive or away between two times, whatever the schedule: two queries."""
    absences = Absence.objects.live_between(start, end).filter(team=None).order_by("pk")
    return Facts(absences=tuple(map(_absence, absences)), inactive=_inactive(start, end))


def load(schedules: Iterable[Schedule], start: datetime, end: datetime) -> dict[int, Facts]:
    """Schedule id → all that decides who is on call in it between two times."""
    rows = list(schedules)
    if not rows:
        return {}
    versions, overrides = _versions(rows), _overrides(rows, start, end)
    absences = tuple(map(_absence, Absence.objects.live_between(start, end).order_by("pk")))
    inactive, holidays = _inactive(start, end), _holidays(rows)
    calendars = _calendars(versions, start, end)
    return {
        row.pk: Facts(
            versions=tuple(versions[row.pk]),
            overrides=tuple(overrides[row.pk]),
            absences=absences,
            inactive=inactive,
            calendars=calendars[row.pk],
            holidays=holidays.get((row.holidays_country, row.holidays_subdivision), frozenset()),
            team=row.team_id,
        )
        for row in rows
    }


def schedules_of(user: User, start: datetime, end: datetime) -> list[Schedule]:
    """The schedules in which a person may be on call between two times: those that name them, and
    those that name whom they cover for, or whose cover they cover for."""
    people = {user.pk}
    for _ in range(resolver.MAX_COVERS):
        away = Absence.objects.filter(cover__in=people, ends_at__gt=start, starts_at__lt=end)
        found = people | set(away.values_list("user_id", flat=True))
        if found == people:
            break
        people = found
    return list(Schedule.objects.filter(members__user__in=people).distinct())


def timeline_of(schedule: Schedule, start: datetime, end: datetime) -> Timeline:
    """Who is on call in a schedule between two times, without a gap."""
    facts = load([schedule], start, end)[schedule.pk]
    return resolver.shifts(facts, instant_of(start), instant_of(end))


def _versions(schedules: list[Schedule]) -> dict[int, list[Version]]:
    found: dict[int, list[Version]] = defaultdict(list)
    rows = ScheduleVersion.objects.filter(schedule__in=schedules, withdrawn_at=None)
    rows = rows.annotate(text=Cast("definition", TextField()))
    for schedule, since, made_at, text in rows.values_list(
        "schedule_id", "effective_from", "made_at", "text"
    ):
        effective_from = None if since is None else instant_of(since)
        found[schedule].append(Version(_definition(text), effective_from, instant_of(made_at)))
    return found


@lru_cache(maxsize=4096)
def _definition(text: str) -> Definition:
    return Definition.from_json(orjson.loads(text))


def _overrides(
    schedules: list[Schedule], start: datetime, end: datetime
) -> dict[int, list[facts.Override]]:
    found: dict[int, list[facts.Override]] = defaultdict(list)
    for row in Override.objects.live_between(start, end).filter(schedule__in=schedules):
        found[row.schedule_id].append(override_fact(row))
    return found


def override_fact(row: Override) -> facts.Override:
    """An override as the resolver takes it."""
    return facts.Override(
        id=row.pk or 0,
        kind=OverrideKind(row.kind),
        start=instant_of(row.starts_at),
        end=instant_of(row.ends_at),
        made_at=instant_of(row.made_at),
        people=tuple(row.people),
        instead_of=row.instead_of_id,
        layer=row.layer,
        cancelled_at=None if row.cancelled_at is None else instant_of(row.cancelled_at),
    )


def _absence(row: Absence) -> facts.Absence:
    return facts.Absence(
        id=row.pk,
        user=row.user_id,
        start=instant_of(row.starts_at),
        end=instant_of(row.ends_at),
        made_at=instant_of(row.made_at),
        cover=row.cover_id,
        team=row.team_id,
        cancelled_at=None if row.cancelled_at is None else instant_of(row.cancelled_at),
    )


def _inactive(start: datetime, end: datetime) -> dict[int, tuple[Span, ...]]:
    found: dict[int, list[Span]] = defaultdict(list)
    rows = InactivePeriod.objects.filter(since__lt=end).exclude(until__lte=start)
    for user, since, until in rows.order_by("since").values_list("user_id", "since", "until"):
        found[user].append((instant_of(since), FAR if until is None else instant_of(until)))
    return {user: tuple(spans) for user, spans in found.items()}


def _calendars(
    versions: Mapping[int, list[Version]], start: datetime, end: datetime
) -> dict[int, dict[str, tuple[Interval, ...]]]:
    """Schedule id → layer → whom its calendar names in the span; no query where none has one."""
    found: dict[int, dict[str, tuple[Interval, ...]]] = defaultdict(dict)
    ids = [
        schedule
        for schedule, rows in versions.items()
        if any(layer.calendar for row in rows for layer in row.definition.layers)
    ]
    first, last = instant_of(start), instant_of(end)
    if not ids:
        return found
    calendars = LayerCalendar.objects.filter(schedule__in=ids)
    for schedule, layer, shifts in calendars.values_list("schedule_id", "layer", "shifts"):
        found[schedule][layer] = tuple(
            (begin, finish, tuple(people))
            for begin, finish, people in shifts
            if begin < last and finish > first
        )
    return found


def _holidays(schedules: list[Schedule]) -> dict[tuple[str, str], frozenset[int]]:
    wanted = {(row.holidays_country, row.holidays_subdivision) for row in schedules}
    wanted = {place for place in wanted if place[0]}
    if not wanted:
        return {}
    named = Q()
    for country, subdivision in wanted:
        named |= Q(country=country, subdivision=subdivision)
    found: dict[tuple[str, str], set[int]] = defaultdict(set)
    rows = Holiday.objects.filter(named, removed_at=None)
    for country, subdivision, day in rows.values_list("country", "subdivision", "day"):
        found[country, subdivision].add(number_of_day(day))
    return {place: frozenset(days) for place, days in found.items()}


def definition_at(schedule: Schedule, at: datetime) -> Definition:
    """The definition that holds at a time; one without layers before the first."""
    rows = [row for row in schedule.versions.all() if row.withdrawn_at is None]
    held = [row for row in rows if row.effective_from is None or row.effective_from <= at]
    return Definition.from_json(held[-1].definition) if held else Definition(schedule.zone)
