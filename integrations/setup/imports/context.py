"""What the writers of an import share: who imports, and what the ids of the source mean here."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.contrib.auth.models import Group
from django.db.models import Model, QuerySet
from django.utils import timezone

from escalation.models import Policy, Schedule
from incidents.actions import people
from incidents.errors import InvalidRequest
from incidents.models import Service, Team, User
from integrations.importers.neutral import Kind, Object
from integrations.importers.references import Ref
from notifications.models import ContactMethod

ROWS: Mapping[Kind, Callable[[], QuerySet[Any]]] = {
    Kind.PERSON: User.objects.with_reading_along,
    Kind.TEAM: Team.objects.all,
    Kind.SCHEDULE: Schedule.objects.all,
    Kind.POLICY: Policy.objects.all,
    Kind.SERVICE: Service.objects.all,
}


@dataclass
class Context:
    """``ids``: our ids by kind and id at the source. ``objects``: all that was read, by the same.
    ``joined``: those of them that were here before; ``deleted``: those that were deleted here.
    ``done``: those that another run took since this one was planned. ``changeable``: ids of people
    whom whoever imports may change. ``emails``: our ids of people, by address in small letters.
    ``pending``: rows that none of the others needs, written together after them. ``methods``:
    the contact methods of people by our ids, once they were asked for. ``invited_as``: the
    roles of somebody new."""

    by: User
    label: str
    objects: Mapping[Ref, Object] = field(default_factory=dict)
    ids: dict[Ref, int] = field(default_factory=dict)
    joined: set[Ref] = field(default_factory=set)
    deleted: set[Ref] = field(default_factory=set)
    planned_at: datetime = field(default_factory=timezone.now)
    done: set[Ref] = field(default_factory=set)
    changeable: set[int] = field(default_factory=set)
    emails: dict[str, int] = field(default_factory=dict)
    pending: list[Model] = field(default_factory=list)
    methods: dict[int, list[ContactMethod]] = field(default_factory=dict)
    invited_as: list[Group] = field(default_factory=people.invited_as)
    _rows: dict[Kind, dict[int, Any]] = field(default_factory=dict)

    def methods_of(self, user: User) -> list[ContactMethod]:
        """Theirs here, in order; those of everybody who is imported are read at once."""
        if not self.methods:
            people = [pk for (kind, _), pk in self.ids.items() if kind == Kind.PERSON]
            for row in ContactMethod.objects.filter(user__in=people):
                self.methods.setdefault(row.user_id, []).append(row)
        return self.methods.setdefault(user.pk, [])

    def copy(self) -> "Context":
        """Another one that knows the same; what it is told from now on is not told to this one."""
        return replace(
            self,
            ids=dict(self.ids),
            joined=set(self.joined),
            deleted=set(self.deleted),
            changeable=set(self.changeable),
            emails=dict(self.emails),
            pending=list(self.pending),
            methods={user: list(rows) for user, rows in self.methods.items()},
            _rows=dict(self._rows),
        )

    def write_pending(self) -> None:
        """Those that are there already stay as they are."""
        by_model: dict[type[Model], list[Model]] = defaultdict(list)
        for row in self.pending:
            by_model[type(row)].append(row)
        for model, rows in by_model.items():
            model._default_manager.bulk_create(rows, ignore_conflicts=True)
        self.pending.clear()

    def rows(self, kind: Kind) -> dict[int, Any]:
        """Our rows of a kind, by our ids; read once, after all of the kind were made."""
        if kind not in self._rows:
            ids = [pk for (own, _), pk in self.ids.items() if own == kind]
            self._rows[kind] = ROWS[kind]().in_bulk(ids)
        return self._rows[kind]

    def row(self, kind: Kind, number: str) -> Any:
        """Ours, by the id at the source. Raises InvalidRequest where it is not here."""
        found = self.rows(kind).get(self.ids.get((kind, number), 0))
        if found is None:
            raise InvalidRequest(f"Its {kind.value} ({number or 'none'}) is not taken.")
        return found

    def row_or_none(self, kind: Kind, number: str) -> Any:
        """The same; None where it is not here."""
        return self.rows(kind).get(self.id_of(kind, number) or 0)

    def noted(self, ref: Ref, pk: int) -> None:
        """An object of the source is this one of ours from now on."""
        self.ids[ref] = pk
        self.deleted.discard(ref)

    def resolve(self, ref: Ref) -> int | None:
        """Our id of an object of the source; None where it is not here."""
        return None if ref in self.deleted else self.ids.get(ref)

    def id_of(self, kind: Kind, number: str) -> int | None:
        """The same, by its kind and its id at the source."""
        return self.resolve((kind, number))

    def ids_of(self, kind: Kind, numbers: tuple[str, ...]) -> list[int]:
        """Ours, in order, each once, without those that are not here."""
        found = [self.resolve((kind, number)) for number in numbers]
        return list(dict.fromkeys(one for one in found if one is not None))
