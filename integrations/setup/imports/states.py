"""The fingerprints of our objects: of the columns that an import writes, as they are now."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from django.db.models import QuerySet

from escalation.models import Absence, CoverRequest, Override, Policy, Schedule
from incidents.models import Service, Team, User
from integrations.importers.neutral import Kind
from integrations.importers.references import digest
from integrations.models import Integration
from notifications.models import ContactMethod

SERVICE_SETTINGS = (
    "acknowledge_within_minutes",
    "resolve_within_minutes",
    "acknowledgement_expires_minutes",
    "auto_resolve_minutes",
    "support_hours",
    "support_time_zone",
    "urgency_rule",
    "urgency_inside",
    "urgency_outside",
    "raise_at_opening",
)
Values = Callable[[Any], Any]


def states(kind: Kind, ids: Collection[int]) -> dict[int, str]:
    """Id → fingerprint of those that are still here."""
    rows, values = TABLES[kind]
    return {row.pk: digest(values(row)) for row in rows().filter(pk__in=ids)}


def all_states(ids: Iterable[tuple[Kind, int]]) -> dict[tuple[Kind, int], str]:
    """Those of many kinds, by kind and id."""
    by_kind: dict[Kind, list[int]] = defaultdict(list)
    for kind, number in ids:
        by_kind[kind].append(number)
    return {
        (kind, number): state
        for kind, numbers in by_kind.items()
        for number, state in states(kind, numbers).items()
    }


def _user(row: User) -> Any:
    reminders = [[one.minutes_before, one.channel] for one in row.reminders.all()]
    return [row.email, row.name, row.time_zone, row.is_active, reminders]


def _method(row: ContactMethod) -> Any:
    return [row.user_id, row.channel, row.address, row.is_enabled]


def _team(row: Team) -> Any:
    members = [[one.user_id, one.position, one.roles] for one in row.memberships.all()]
    return [row.name, row.description, members]


def _schedule(row: Schedule) -> Any:
    versions = [one for one in row.versions.all() if one.withdrawn_at is None]
    last = versions[-1].definition if versions else None
    return [row.name, row.description, row.team_id, row.zone, last]


def _override(row: Override) -> Any:
    span = [row.starts_at.isoformat(), row.ends_at.isoformat()]
    return [row.kind, row.people, row.instead_of_id, row.layer, span, row.cancelled_at is None]


def _absence(row: Absence) -> Any:
    span = [row.starts_at.isoformat(), row.ends_at.isoformat()]
    return [row.user_id, row.cover_id, span, row.cancelled_at is None]


def _cover(row: CoverRequest) -> Any:
    return [row.asker_id, row.starts_at.isoformat(), row.ends_at.isoformat(), row.status]


def _policy(row: Policy) -> Any:
    steps = [
        [step.wait_seconds, step.step_channels, step.when, step.waits_for_hours, _targets(step)]
        for step in row.steps.all()
    ]
    end = [row.repeats, row.pause_seconds, row.acknowledgement_expires_minutes]
    return [row.name, row.description, row.team_id, end, steps]


def _targets(step: Any) -> Any:
    return [
        [one.kind, one.user_id, one.team_id, one.role, one.schedule_id, one.round_robin_id]
        for one in step.targets.all()
    ]


def _service(row: Service) -> Any:
    policy = getattr(row, "default_policy", None)
    settings = [getattr(row, name) for name in SERVICE_SETTINGS]
    return [row.name, row.description, row.team_id, policy and policy.policy_id, settings]


def _integration(row: Integration) -> Any:
    plan = [row.service_id, row.policy_id]
    return [row.name, row.template, plan, row.is_enabled, row.token_digest]


TABLES: Mapping[Kind, tuple[Callable[[], QuerySet[Any]], Values]] = {
    Kind.PERSON: (lambda: User.objects.prefetch_related("reminders"), _user),
    Kind.CONTACT_METHOD: (ContactMethod.objects.all, _method),
    Kind.TEAM: (lambda: Team.objects.prefetch_related("memberships"), _team),
    Kind.SCHEDULE: (lambda: Schedule.objects.prefetch_related("versions"), _schedule),
    Kind.OVERRIDE: (Override.objects.all, _override),
    Kind.ABSENCE: (Absence.objects.all, _absence),
    Kind.COVER: (CoverRequest.objects.all, _cover),
    Kind.POLICY: (lambda: Policy.objects.prefetch_related("steps__targets"), _policy),
    Kind.SERVICE: (lambda: Service.objects.select_related("default_policy"), _service),
    Kind.INTEGRATION: (Integration.objects.all, _integration),
}
