"""Whom a sender names: people by e-mail address or name, teams by name."""

from collections.abc import Iterable

from django.db.models import Q
from django.db.models.functions import Lower

from incidents.models import Team, User
from integrations.mapping.events import Event


class Recipients:
    """The people and teams that events name, looked up once for a batch."""

    def __init__(self) -> None:
        self.people: dict[str, list[int]] = {}
        self.teams: dict[str, list[int]] = {}

    def learn(self, events: Iterable[Event]) -> None:
        """Look up whoever these name and was not looked up yet."""
        named = list(events)
        people = {word for event in named for word in map(_fold, _people(event))} - {""}
        teams = {word for event in named for word in map(_fold, event.recipient_groups)} - {""}
        if unknown := people - self.people.keys():
            self.people |= {word: [] for word in unknown}
            rows = User.objects.active().annotate(mail=Lower("email"), called=Lower("name"))
            found = rows.filter(Q(mail__in=unknown) | Q(called__in=unknown)).order_by("pk")
            for pk, mail, called in found.values_list("pk", "mail", "called"):
                for word in {mail, called} & unknown:
                    self.people[word].append(pk)
        if unknown := teams - self.teams.keys():
            self.teams |= {word: [] for word in unknown}
            rows = Team.objects.annotate(called=Lower("name")).filter(called__in=unknown)
            for pk, called in rows.order_by("pk").values_list("pk", "called"):
                self.teams[called].append(pk)

    def of(self, event: Event) -> tuple[list[int], list[int], tuple[str, ...]]:
        """The people, the teams, and the names that are nobody's."""
        users, teams, unknown = [], [], []
        for name in _people(event):
            found = self.people.get(_fold(name), [])
            users += found
            unknown += [] if found else [name]
        for name in event.recipient_groups:
            found = self.teams.get(_fold(name), [])
            teams += found
            unknown += [] if found else [name]
        return users, teams, tuple(dict.fromkeys(unknown))


def _people(event: Event) -> list[str]:
    return [name for name in (*event.recipient_users, event.assignee) if name.strip()]


def _fold(name: str) -> str:
    return name.strip().lower()
