"""People and teams: added, changed, put together."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from incidents.actions import api_keys
from incidents.errors import DomainError, InvalidRequest
from incidents.models import Membership, Team, TeamRole, User
from incidents.models.people import RESPONDER
from opsportal.lib import advisory_locks
from opsportal.lib.advisory_locks import Lock


class NotYours(DomainError):
    """The row belongs to somebody with more rights."""

    code = "not_yours"


class LastOwner(DomainError):
    """Nobody would be left who may everything."""

    code = "last_owner"

    def __init__(self) -> None:
        super().__init__(
            "The portal needs an Owner who can log in, and this is the last one: give the role"
            " Owner to somebody else first."
        )


@contextmanager
def keep_owner() -> Iterator[None]:
    """Within it Owners may lose their role, be switched off or deleted, but for the last one.

    Raises LastOwner at its end, and TransactionManagementError outside of a transaction, which
    ends the change.
    """
    advisory_locks.lock(Lock.OWNERS)
    had_owner = User.objects.owners().exists()
    yield
    if had_owner and not User.objects.owners().exists():
        raise LastOwner


def would_leave_no_owner(
    person: User, groups: Iterable[Group] | None, fields: dict[str, Any]
) -> str:
    """The refusal of a change of somebody's access that would leave no Owner; '' where one stays.

    It is tried and undone, in the transaction in which the caller makes the change later.
    """
    advisory_locks.lock(Lock.OWNERS)  # Until the end: what is undone lets its own locks go.
    try:
        with transaction.atomic():
            with keep_owner():
                if fields:
                    User.objects.filter(pk=person.pk).update(**fields)
                if groups is not None:
                    person.groups.set(groups)
            transaction.set_rollback(True)
    except LastOwner as refusal:
        return str(refusal)
    return ""


@transaction.atomic
def add_person(
    email: str,
    *,
    by: User,
    password: str | None = None,
    groups: Sequence[Group] | None = None,
    **fields: Any,
) -> User:
    """A new person, a Responder where no roles are named. Without a password they are paged, but
    log in only once they have set one.

    Raises NotYours for a role that is not ``by``'s to give, InvalidRequest for a weak password.
    """
    groups = invited_as() if groups is None else groups
    check_rank(by, None, groups)
    person = User(email=email.strip().lower(), **fields)
    _set_password(person, password)
    person.save()
    person.groups.add(*groups)
    return person


def invited_as() -> list[Group]:
    """The roles of an invited person, unless others are chosen: whoever is paged can act."""
    return list(Group.objects.filter(name=RESPONDER))


@transaction.atomic
def change_person(
    person_id: int,
    *,
    by: User,
    password: str | None = None,
    revoke_keys: bool = False,
    groups: Sequence[Group] | None = None,
    **fields: Any,
) -> User:
    """Change what is named; what is not stays. With ``revoke_keys`` the person's API keys end.

    Raises NotYours for who stands above ``by``, or a role that does, InvalidRequest for a weak
    password, and LastOwner where no Owner would be left.
    """
    with keep_owner():
        person: User = User.objects.select_for_update(no_key=True).get(pk=person_id)
        check_rank(by, person, groups or ())
        _change(person, password, fields)
        if groups is not None:
            person.groups.set(groups)
        if revoke_keys:
            api_keys.revoke_keys_of(person)
    return person


def _change(person: User, password: str | None, fields: dict[str, Any]) -> None:
    for name, value in fields.items():
        setattr(person, name, value)
    changed = list(fields)
    if password is not None:
        _set_password(person, password)
        changed.append("password")
    person.save(update_fields=changed)


@transaction.atomic
def set_members(team: Team, members: Sequence[tuple[User, set[str]]]) -> None:
    """Replace the members: these, in this order, each with these roles.

    Raises InvalidRequest where a person is named twice.
    """
    if len({user.pk for user, _ in members}) < len(members):
        raise InvalidRequest("members: name each person once, with all their roles.")
    Team.objects.select_for_update(no_key=True).get(pk=team.pk)  # One of two comes after the other.
    team.memberships.exclude(user__in=[user for user, _ in members]).delete()
    there = {row.user_id: row for row in team.memberships.all()}
    for position, (user, roles) in enumerate(members):
        row = there.get(user.pk) or Membership(team=team, user=user)
        row.position = position
        for role in TeamRole:
            setattr(row, f"is_{role.value}", role.value in roles)
        row.save()


@transaction.atomic
def set_subteams(team: Team, subteams: Sequence[Team]) -> None:
    """These teams are in it. Raises InvalidRequest where it would be within itself."""
    refuse_team_cycle(team, subteams)
    team.subteams.set(subteams)


def refuse_team_cycle(team: Team, subteams: Iterable[Team]) -> None:
    """Raises InvalidRequest where one of these is the team, or holds it. All teams stay locked
    until the transaction ends."""
    list(Team.objects.select_for_update(no_key=True).order_by("pk").values_list("pk"))
    inner: dict[int, list[int]] = {}
    for outer, inside in Team.subteams.through.objects.values_list("from_team", "to_team"):
        inner.setdefault(outer, []).append(inside)
    for one in subteams:
        met, open_ = set(), [one.pk]
        while open_:
            number = open_.pop()
            if number == team.pk:
                raise InvalidRequest(f"subteams: {one} is {team}, or has it in it.")
            if number not in met:
                met.add(number)
                open_ += inner.get(number, [])


def check_rank(by: User, person: User | None, groups: Sequence[Group]) -> None:
    """Raises NotYours for a person, or for roles to be given, that may more than ``by``."""
    if person and not by.outranks(person):
        rank = "is a superuser" if person.is_superuser else "may more than you"
        raise NotYours(f"{person} {rank}, and is changed only by who may as much.")
    if not by.may_grant(groups):
        raise NotYours("groups: a role is given only by who may all that it may.")


def _set_password(person: User, password: str | None) -> None:
    if password is not None:
        try:
            validate_password(password, person)
        except ValidationError as error:
            raise InvalidRequest(f"password: {' '.join(error.messages)}") from error
    person.set_password(password)
