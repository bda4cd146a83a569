"""The defects of all policies in use over the days to come, in a few dozen queries."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings

from escalation.choices import DefectKind, DefectLevel
from escalation.coverage.contacts import Contacts
from escalation.coverage.directory_over_time import DirectoryOverTime
from escalation.coverage.findings import (
    Finding,
    FoundDefect,
    Moment,
    PolicyCheck,
    defects_of,
)
from escalation.coverage.policy_uses import policies_in_use
from escalation.coverage.row_findings import row_findings
from escalation.coverage.schedule_findings import ScheduleCheck, people_findings
from escalation.on_call.schedule_facts import instant_of
from escalation.plans.plan import Plan
from escalation.policies.plan_builder import plans_of_policies
from incidents.choices import Urgency
from notifications.models import SharedChannel

AHEAD = timedelta(days=30)


def collect(now: datetime) -> list[FoundDefect]:
    """All defects from now on for 30 days, worst first."""
    plans = plans_of_policies(policies_in_use().enabled())
    directory = DirectoryOverTime(list(plans.values()), now, now + AHEAD)
    return defects_of([*_findings(plans, directory), *row_findings(now, now + AHEAD)])


def _findings(plans: dict[int, Plan], directory: DirectoryOverTime) -> Iterator[Finding]:
    channels = set(SharedChannel.objects.filter(is_enabled=True).values_list("pk", flat=True))
    moments = {
        (pk, urgency): list(directory.moments(plan, channels, urgency=urgency or "high"))
        for pk, plan in plans.items()
        for urgency in _urgencies(plan)
    }
    people = {person for found in moments.values() for person in _people(found)}
    contacts = Contacts(people, directory.start)
    schedules = {pk: directory.schedules_of(plan) for pk, plan in plans.items()}
    used = {number for named in schedules.values() for number in named}
    alone: set[int] = set()
    for (pk, urgency), of_policy in moments.items():
        plan = plans[pk]
        reach = partial(_reach, contacts, plan)
        for found in PolicyCheck(pk, plan, reach, contacts.ways, urgency).findings(of_policy):
            if found.kind == DefectKind.ONE_PERSON:
                alone |= schedules[pk]
            found.facts["schedules"] = sorted(schedules[pk])
            yield found
    yield from _unproven(moments, contacts, directory)
    yield from _of_schedules(directory, used, alone)


def _unproven(
    moments: Mapping[tuple[int, str], Sequence[Moment]],
    contacts: Contacts,
    directory: DirectoryOverTime,
) -> Iterator[Finding]:
    """Who has not shown for long that anything reaches them: once, by the first policy that pages
    them."""
    span = (instant_of(directory.start), instant_of(directory.end))
    told: set[int] = set()
    for (pk, _), of_policy in moments.items():
        for person in sorted(_people(of_policy) - told):
            told.add(person)
            if (days := contacts.days_unproven(person)) is not None:
                yield Finding(
                    DefectKind.UNPROVEN,
                    DefectLevel.AMBER,
                    span,
                    f"user:{person}",
                    policy=pk,
                    facts={"people": [person], "days": days},
                )


def _of_schedules(
    directory: DirectoryOverTime, used: set[int], alone: set[int]
) -> Iterator[Finding]:
    """Of those that are ``used``; ``alone``: of their policies the same is said already."""
    start, end = instant_of(directory.start), instant_of(directory.end)
    timelines = {pk: found for pk, found in directory.timelines.items() if pk in used}
    for pk, final in timelines.items():
        for found in ScheduleCheck(pk, directory.facts[pk], final, start, end).findings():
            if not (found.kind == DefectKind.ONE_PERSON and pk in alone):
                yield found
    yield from people_findings(timelines, settings.ON_CALL_MAX_DAYS)


def _reach(
    contacts: Contacts, plan: Plan, person: int, position: int, urgent: bool
) -> frozenset[str]:
    channels = tuple((one.channel, one.after_minutes) for one in plan.steps[position].channels)
    return contacts.channels(person, channels, urgent)


def _urgencies(plan: Plan) -> tuple[str, ...]:
    """Those that make a difference; '' stands for any."""
    asks = any(one.field == "urgency" for step in plan.steps for one in step.when)
    return (Urgency.HIGH.value, Urgency.LOW.value) if asks else ("",)


def _people(moments: Sequence[Moment]) -> set[int]:
    return {person for moment in moments for step in moment.steps for person in step.people}
