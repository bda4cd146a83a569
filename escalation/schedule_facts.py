"""What the resolver needs of schedules, read from the database: six queries for any number."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime
from functools import lru_cache

import orjson
from django.db.models import Q, TextField
from django.db.models.functions import Cast

from escalation.models import Absence, Holiday, Override, Schedule, ScheduleVersion
from escalation.schedules import facts
from escalation.schedules.definition import Definition
from escalation.schedules.facts import Facts, OverrideKind, Version
from escalation.schedules.windows import Span
from incidents.models import InactivePeriod

FAR = 2**40  # an instant after every other
EPOCH_DAY = date(1970, 1, 1).toordinal()


def instant_of(at: datetime) -> int:
    """An aware datetime as seconds since 1970; parts of a second are dropped."""
    return int(at.timestamp())


def time_of(instant: int) -> datetime:
    """The instant as a datetime in UTC."""
    return datetime.fromtimestamp(instant, UTC)


def load(schedules: Iterable[Schedule], start: datetime, end: datetime) -> dict[int, Facts]:
    """Schedule id → all that decides who is on call in it between two times."""
    rows = list(schedules)
    versions, overrides = _versions(rows), _overrides(rows, start, end)
    absences = tuple(map(_absence, Absence.objects.live_between(start, end).order_by("pk")))
    inactive, holidays = _inactive(start, end), _holidays(rows)
    return {
        row.pk: Facts(
            versions=tuple(versions[row.pk]),
            overrides=tuple(overrides[row.pk]),
            absences=absences,
            inactive=inactive,
            holidays=holidays.get((row.holidays_country, row.holidays_subdivision), frozenset()),
            team=row.team_id,
        )
        for row in rows
    }


def _versions(schedules: list[Schedule]) -> dict[int, list[Version]]:
    found: dict[int, list[Version]] = defaultdict(list)
    rows = ScheduleVersion.objects.filter(schedule__in=schedules, withdrawn_at=None)
    rows = rows.annotate(text=Cast("definition", TextField()))
    for schedule, since, text in rows.values_list("schedule_id", "effective_from", "text"):
        effective_from = None if since is None else instant_of(since)
        found[schedule].append(Version(_definition(text), effective_from))
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
        found[country, subdivision].add(day.toordinal() - EPOCH_DAY)
    return {place: frozenset(days) for place, days in found.items()}
