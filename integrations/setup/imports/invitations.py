"""People whom an import added are invited by mail, once somebody says so."""

from dataclasses import dataclass

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Q, QuerySet
from django_q.tasks import async_task

from incidents import invitations
from incidents.models import User
from integrations.importers.neutral import Kind
from integrations.importers.plan import PLACEHOLDER_DOMAIN
from integrations.models import ImportedObject, ImportRun
from opsportal.lib.task_queues import BACKGROUND

INVITE = "integrations.tasks.invite_imported"
NO_PASSWORD = Q(password="") | Q(password__startswith=UNUSABLE_PASSWORD_PREFIX)


@dataclass(frozen=True, slots=True)
class Reach:
    """Of the people of an import: how many there are, can log in, can be paged at an address that
    was proved, are nobody yet, and could be invited."""

    total: int
    can_log_in: int
    reachable: int
    placeholders: int
    to_invite: int


def reach_of(run: ImportRun) -> Reach:
    """How far the people of the source are here."""
    people = _people_of(run.source)
    strangers = people.filter(email__iendswith=f"@{PLACEHOLDER_DOMAIN}").count()
    known = people.exclude(email__iendswith=f"@{PLACEHOLDER_DOMAIN}")
    reachable = known.filter(
        contact_methods__verified_at__isnull=False, contact_methods__is_enabled=True
    ).distinct()
    return Reach(
        total=people.count(),
        can_log_in=known.exclude(NO_PASSWORD).count(),
        reachable=reachable.filter(is_active=True).count(),
        placeholders=strangers,
        to_invite=_uninvited(run.source).count(),
    )


def start_inviting(run: ImportRun, *, by: User) -> int:
    """Let a worker mail a link to those who cannot log in; returns how many."""
    ids = list(_uninvited(run.source).values_list("pk", flat=True))
    for person in ids:
        async_task(INVITE, person, by.pk, cluster=BACKGROUND)
    return len(ids)


def invite(person_id: int, by_id: int) -> str:
    """Mail one link; returns what went wrong, or ''. Whoever has a password by now gets none."""
    person = User.objects.filter(NO_PASSWORD, pk=person_id, is_active=True).first()
    by = User.objects.filter(pk=by_id).first()
    if person is None or by is None or not by.may_change(person):
        return ""
    return invitations.send(person, invitations.link_for(person), by=by)


def _people_of(source: str) -> QuerySet[User]:
    rows = ImportedObject.objects.filter(source=source, kind=Kind.PERSON)
    return User.objects.filter(pk__in=rows.values("object_id"))


def _uninvited(source: str) -> QuerySet[User]:
    people = _people_of(source).filter(NO_PASSWORD, is_active=True)
    return people.exclude(email__iendswith=f"@{PLACEHOLDER_DOMAIN}")
