"""The recipients that a sender names: people by mail address or name, teams and topics by name."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Prefetch, Q
from django.db.models.functions import Lower

from incidents.models import Team, Topic, User
from incidents.models.people import is_informed_only
from integrations.mapping.events import Event


@dataclass(frozen=True, slots=True)
class NamedTopic:
    """A topic, and whom it has told: ids of people and teams."""

    pk: int
    priority: str
    users: tuple[int, ...]
    teams: tuple[int, ...]


class Recipients:
    """The people, teams and topics that events name, looked up once for a batch."""

    def __init__(self) -> None:
        self.people: dict[str, list[int]] = {}
        self.teams: dict[str, list[int]] = {}
        self.topics: dict[str, NamedTopic | None] = {}
        self.pageable: set[int] = set()

    def load(self, events: Iterable[Event]) -> None:
        """Look up those that these name and that are not known yet: once for each kind of name."""
        named = list(events)
        self._load_people({name for event in named for name in map(_fold, _people(event))})
        self._load_teams({name for event in named for name in map(_fold, event.recipient_groups)})
        self._load_topics({_fold(event.topic) for event in named})

    def _load_people(self, names: set[str]) -> None:
        unknown = names - self.people.keys() - {""}
        if not unknown:
            return
        self.people |= {name: [] for name in unknown}
        rows = User.objects.active().annotate(
            mail=Lower("email"), called=Lower("name"), reads_along=is_informed_only()
        )
        found = rows.filter(Q(mail__in=unknown) | Q(called__in=unknown)).order_by("pk")
        for pk, mail, called, reads_along in found.values_list(
            "pk", "mail", "called", "reads_along"
        ):
            self.pageable |= set() if reads_along else {pk}
            for name in {mail, called} & unknown:
                self.people[name].append(pk)

    def _load_teams(self, names: set[str]) -> None:
        unknown = names - self.teams.keys() - {""}
        if not unknown:
            return
        self.teams |= {name: [] for name in unknown}
        rows = Team.objects.annotate(called=Lower("name")).filter(called__in=unknown)
        for pk, called in rows.order_by("pk").values_list("pk", "called"):
            self.teams[called].append(pk)

    def _load_topics(self, names: set[str]) -> None:
        unknown = names - self.topics.keys() - {""}
        if not unknown:
            return
        self.topics |= dict.fromkeys(unknown)
        rows = Topic.objects.annotate(called=Lower("name")).filter(called__in=unknown)
        told = Prefetch("users", User.objects.pageable())
        for row in rows.prefetch_related(told, "teams").order_by("pk"):
            users, teams = (
                tuple(p.pk for p in row.users.all()),
                tuple(t.pk for t in row.teams.all()),
            )
            self.topics[_fold(row.name)] = NamedTopic(row.pk, row.priority, users, teams)

    def topic_of(self, event: Event) -> NamedTopic | None:
        """The topic that is called as the event says; any other text is only kept."""
        return self.topics.get(_fold(event.topic))

    def of(self, event: Event) -> tuple[list[int], list[int], tuple[str, ...]]:
        """The people, the teams, and the names that are nobody's."""
        users: list[int] = []
        teams: list[int] = []
        unknown: list[str] = []
        for known, names, ids in (
            (self.people, _people(event), users),
            (self.teams, event.recipient_groups, teams),
        ):
            for name in names:
                found = known.get(_fold(name), [])
                ids.extend(found)
                unknown += [] if found else [name]
        return users, teams, tuple(dict.fromkeys(unknown))

    def owner_of(self, event: Event) -> int | None:
        """The one person who is called so by the assignee of the event, and may own incidents."""
        found = self.people.get(_fold(event.assignee), [])
        return found[0] if len(found) == 1 and found[0] in self.pageable else None


def _people(event: Event) -> list[str]:
    return [name for name in (*event.recipient_users, event.assignee) if name.strip()]


def _fold(name: str) -> str:
    return name.strip().lower()
