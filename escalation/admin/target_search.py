"""Everybody and everything a step can tell, searchable, each with its word (target_codes.py)."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import Q, QuerySet

from escalation.models import RoundRobin, Schedule
from escalation.policies.target_codes import target_from_code
from incidents.models import Team, TeamRole, User
from incidents.ranking import INSIDE, order_by_rank, rank
from notifications.models import SharedChannel

PAGE = 40
Choice = tuple[str, str]


def search(term: str, user: User) -> list[Choice]:
    """What fits the term, as (word, label): what it is before what begins with it, that before a
    word in it that does, and the rest; of equal fit people first, then teams, channels, roles."""
    term = term.strip().replace("\x00", "")
    people = _best(User.objects.pageable(), term, "name", "email")
    channels = _best(SharedChannel.objects.filter(is_enabled=True), term, "name")
    roles = [choice for choice in _recipient_teams() if rank(term, choice[1]) is not None]
    found: list[tuple[int, Choice]] = [
        *((_rank(term, person.name, person.email), _of_person(person)) for person in people),
        *_schedule_choices(term, user),
        *_round_robin_choices(term, user),
        *_team_choices(term, user),
        *((_rank(term, channel.name), _of_channel(channel)) for channel in channels),
        *((_rank(term, choice[1]), choice) for choice in roles),
    ]
    return [choice for _, choice in sorted(found, key=lambda one: one[0])[: 2 * PAGE]]


def _schedule_choices(term: str, user: User) -> Iterator[tuple[int, Choice]]:
    for schedule in _best(Schedule.objects.visible_to(user), term, "name"):
        for choice in _of_schedule(schedule):
            yield _rank(term, schedule.name), choice


def _round_robin_choices(term: str, user: User) -> Iterator[tuple[int, Choice]]:
    for ring in _best(RoundRobin.objects.visible_to(user), term, "name"):
        yield _rank(term, ring.name), _of_round_robin(ring)


def _team_choices(term: str, user: User) -> Iterator[tuple[int, Choice]]:
    """The roles of teams that fit by the name of the team, or by that of the role."""
    teams = Team.objects.visible_to(user)
    for team in _best(teams, term, "name"):
        for choice in _of_team(team):
            yield _rank(term, team.name, choice[1]), choice
    roles = [role for role in TeamRole if rank(term, role.label) is not None]
    named = Q(name__icontains=term)
    for team in teams.exclude(named)[:PAGE] if term and roles else ():
        for choice in _of_team(team):
            if rank(term, choice[1]) is not None:
                yield _rank(term, choice[1]), choice


def _best(rows: QuerySet[Any], term: str, *fields: str) -> QuerySet[Any]:
    """Those that fit best, at most 40."""
    fits = Q()
    for field in fields:
        fits |= Q(**{f"{field}__icontains": term})
    return order_by_rank(rows.filter(fits), term, fields)[:PAGE]


def _rank(term: str, *texts: str) -> int:
    best = rank(term, *texts)
    return INSIDE if best is None else best


def labels(words: Iterable[str]) -> dict[str, str]:
    """What the words mean, a query for each kind; a word that means nothing is left out."""
    fields = ("user", "team", "shared_channel", "schedule", "round_robin")
    wanted: dict[str, set[int]] = {field: set() for field in fields}
    for word in words:
        try:
            target = target_from_code(word)
        except ValueError:
            continue
        for field, numbers in wanted.items():
            if number := getattr(target, f"{field}_id"):
                numbers.add(number)
    found = dict(_recipient_teams())
    for team in Team.objects.filter(pk__in=wanted["team"]):
        found |= dict(_of_team(team))
    for schedule in Schedule.objects.filter(pk__in=wanted["schedule"]):
        found |= dict(_of_schedule(schedule))
    rings = RoundRobin.objects.filter(pk__in=wanted["round_robin"])
    found |= dict(map(_of_round_robin, rings))
    found |= dict(map(_of_person, User.objects.filter(pk__in=wanted["user"])))
    channels = SharedChannel.objects.filter(pk__in=wanted["shared_channel"])
    return found | dict(map(_of_channel, channels))


def _recipient_teams() -> Iterator[Choice]:
    for role in TeamRole:
        yield f"recipient_teams:{role}", f"{{recipient teams}}: {role.label}"


def _of_schedule(schedule: Schedule) -> Iterator[Choice]:
    word = f"schedule:{schedule.pk}"
    yield word, f"{schedule.name}: on call"
    for role in (TeamRole.PRIMARY, TeamRole.SECONDARY):
        yield f"{word}:{role}", f"{schedule.name}: {role.label} on call"
    yield f"schedule_next:{schedule.pk}", f"{schedule.name}: next on call"
    yield f"schedule_previous:{schedule.pk}", f"{schedule.name}: on call before"


def _of_round_robin(ring: RoundRobin) -> Choice:
    return f"round_robin:{ring.pk}", f"{ring.name} (round robin)"


def _of_team(team: Team) -> Iterator[Choice]:
    for role in TeamRole:
        yield f"team_role:{team.pk}:{role}", f"{team.name}: {role.label}"
    yield f"team:{team.pk}", f"{team.name}: everybody"


def _of_person(person: User) -> Choice:
    return f"user:{person.pk}", f"{person} ({person.email})" if person.name else person.email


def _of_channel(channel: SharedChannel) -> Choice:
    return f"shared_channel:{channel.pk}", f"{channel.name} (shared channel)"
