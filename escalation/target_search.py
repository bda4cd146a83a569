"""Everybody and everything a step can tell, searchable, each with its word (target_codes.py)."""

from collections.abc import Iterable, Iterator

from escalation.target_codes import target_from_code
from incidents.models import Team, TeamRole, User
from notifications.models import SharedChannel

PAGE = 40
Choice = tuple[str, str]


def search(term: str, user: User) -> list[Choice]:
    """What fits the term, roles and teams first, as (word, label)."""
    found = [c for c in _recipient_teams() if term.lower() in c[1].lower()]
    teams = Team.objects.visible_to(user).filter(name__icontains=term)[:PAGE]
    for team in teams:
        found += _of_team(team)
    people = User.objects.pageable()
    people = people.filter(name__icontains=term) | people.filter(email__icontains=term)
    found += [_of_person(person) for person in people[:PAGE]]
    channels = SharedChannel.objects.filter(name__icontains=term, is_enabled=True)[:PAGE]
    return found + [_of_channel(channel) for channel in channels]


def labels(words: Iterable[str]) -> dict[str, str]:
    """What the words mean, in three queries; a word that means nothing is left out."""
    wanted: dict[str, set[int]] = {"user": set(), "team": set(), "shared_channel": set()}
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
    found |= dict(map(_of_person, User.objects.filter(pk__in=wanted["user"])))
    channels = SharedChannel.objects.filter(pk__in=wanted["shared_channel"])
    return found | dict(map(_of_channel, channels))


def _recipient_teams() -> Iterator[Choice]:
    for role in TeamRole:
        yield f"recipient_teams:{role}", f"{{recipient teams}}: {role.label}"


def _of_team(team: Team) -> Iterator[Choice]:
    for role in TeamRole:
        yield f"team_role:{team.pk}:{role}", f"{team.name}: {role.label}"
    yield f"team:{team.pk}", f"{team.name}: everybody"


def _of_person(person: User) -> Choice:
    return f"user:{person.pk}", f"{person} ({person.email})" if person.name else person.email


def _of_channel(channel: SharedChannel) -> Choice:
    return f"shared_channel:{channel.pk}", f"{channel.name} (shared channel)"
