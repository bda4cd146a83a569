"""Schedules are added and edited: each edit is a version that holds from an instant on."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from escalation.actions.publish_shifts import tell_that_it_is_gone
from escalation.models import Override, Schedule, ScheduleMember, ScheduleVersion, Target
from escalation.on_call.schedule_facts import definition_at, instant_of, time_of
from escalation.on_call.weekly_mail_times import next_mail_at
from escalation.schedules import editing
from escalation.schedules.definition import Definition, problems_of
from incidents.errors import DomainError, InvalidRequest
from incidents.models import User
from incidents.responders import refuse_stakeholders

MAX_AHEAD = timedelta(days=731)
TOLERANCE = timedelta(minutes=1)  # "Now" may have been chosen a moment ago.


class VersionIsPast(DomainError):
    """What was on call then cannot be changed any more."""

    code = "version_is_past"


@transaction.atomic
def add_schedule(definition: Definition, *, by: User | None = None, **columns: Any) -> Schedule:
    """A new schedule, whose first version holds since ever.

    Raises InvalidRequest where the definition contradicts itself or names a Stakeholder.
    """
    _check(definition)
    schedule = Schedule.objects.create(zone=definition.zone, **columns)
    ScheduleVersion.objects.create(
        schedule=schedule, definition=definition.to_json(), made_by=by, note="Made"
    )
    name_members(schedule, people_of(definition))
    return schedule


@transaction.atomic
def edit_schedule(
    schedule: Schedule,
    definition: Definition,
    *,
    effective_from: datetime,
    by: User | None = None,
    note: str = "",
    keeps_order: bool = True,
) -> ScheduleVersion:
    """A version that holds from an instant on, in place of those that were to hold later.

    With ``keeps_order`` the order of each ring goes on as it was at that instant. Raises
    VersionIsPast for an instant that is over, and InvalidRequest where the definition contradicts
    itself or names a Stakeholder.
    """
    _check(definition)
    now = timezone.now()
    if effective_from < now - TOLERANCE:
        raise VersionIsPast("effective_from: That is past. Choose now or a time to come.")
    if effective_from > now + MAX_AHEAD:
        raise InvalidRequest("effective_from: That is more than two years ahead.")
    # A second is the finest that is told apart: what held before holds until then.
    at = instant_of(effective_from)
    row = Schedule.objects.select_for_update(no_key=True).get(pk=schedule.pk)
    if keeps_order:
        before = definition_at(row, effective_from)
        definition = editing.continued(before, definition, at)
    for later in row.versions.filter(withdrawn_at=None, effective_from__gte=time_of(at)):
        later.withdrawn_at = now
        later.save(update_fields=["withdrawn_at"])
    version = ScheduleVersion.objects.create(
        schedule=row,
        effective_from=time_of(at),
        definition=definition.to_json(),
        made_by=by,
        note=note[:300],
    )
    if row.zone != definition.zone:
        row.zone = definition.zone
        row.weekly_mail_due_at = next_mail_at(row, now)
        row.save(update_fields=["zone", "weekly_mail_due_at"])
    name_members(row, people_of(definition))
    return version


def proposed_start(schedule: Schedule, definition: Definition, now: datetime) -> datetime:
    """When an edit takes effect unless somebody chooses."""
    before = definition_at(schedule, now)
    return time_of(editing.first_change(before, definition, instant_of(now)))


def people_of(definition: Definition) -> set[int]:
    """The ids of everybody whom the layers name."""
    return {person for layer in definition.layers for person in layer.people}


def name_members(schedule: Schedule, people: Iterable[int]) -> None:
    """Note that the schedule names these people: they find it, and cannot be deleted."""
    rows = [ScheduleMember(schedule=schedule, user_id=person) for person in people]
    ScheduleMember.objects.bulk_create(rows, ignore_conflicts=True)


@transaction.atomic
def delete_schedule(schedule: Schedule) -> None:
    """Delete a schedule that no policy tells, and tell its people.

    Raises DomainError naming the policies else.
    """
    used = Target.objects.filter(schedule=schedule).select_related("step__policy")
    if names := sorted({row.step.policy.name for row in used}):
        raise DomainError(f"{schedule} is told by {', '.join(names)}: change that first.")
    tell_that_it_is_gone(schedule, timezone.now())
    Override.objects.filter(schedule=schedule).delete()
    schedule.delete()


def _check(definition: Definition) -> None:
    if found := problems_of(definition):
        raise InvalidRequest("; ".join(f"{path}: {sentence}" for path, sentence in found))
    refuse_stakeholders("layers", [User(pk=person) for person in people_of(definition)])
