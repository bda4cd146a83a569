"""The coverage is reviewed, defects are told to managers once, and may be ignored for a time."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django_q.tasks import async_task

from escalation.choices import DefectKind, DefectLevel
from escalation.coverage.collect import AHEAD, collect
from escalation.coverage.findings import FoundDefect
from escalation.models import CoverageDefect, CoverageReview, Policy, Schedule
from escalation.on_call.schedule_facts import instant_of
from escalation.schedules.spans import Span
from incidents.errors import InvalidRequest
from incidents.models import User
from notifications.models import CatchAll
from opsportal.lib import advisory_locks
from opsportal.lib.advisory_locks import Lock
from opsportal.lib.bulk_write import insert_all, write_all
from opsportal.lib.task_queues import BACKGROUND

EVERY = timedelta(hours=1)
ASKED_IS_LOST = timedelta(minutes=5)
MAX_IGNORED = timedelta(days=366)
KEPT = timedelta(days=90)  # defects that are mended
REVIEWED = ("level", "looked_until", "facts", "spans", "told_at", "ignored_until")


def mark_stale() -> None:
    """Something has changed that the coverage depends on: it is reviewed within seconds."""
    CoverageReview.objects.filter(is_stale=False).update(is_stale=True)


def ask_for_review(now: datetime) -> bool:
    """Make a task of the review where something has changed, an hour is over, or the task made
    last has come to nothing; whether it did."""
    CoverageReview.objects.get_or_create(pk=1)
    due = Q(is_stale=True) | Q(reviewed_at=None) | Q(reviewed_at__lte=now - EVERY)
    is_lost = Q(asked_at__lte=now - ASKED_IS_LOST)
    rows = CoverageReview.objects.filter((due & Q(asked_at=None)) | is_lost)
    is_due = rows.update(asked_at=now) > 0
    if is_due:
        async_task("escalation.tasks.review_coverage", cluster=BACKGROUND)
    return is_due


def review(now: datetime) -> int:
    """Look 30 days ahead and write down what is wrong; returns how many defects there are.

    One that is known goes on; one that is gone has ended. Of two callers one waits for the other.
    What changes from here on is for the next review.
    """
    CoverageReview.objects.get_or_create(pk=1)
    CoverageReview.objects.update(is_stale=False)
    return _review(now)


@transaction.atomic
def _review(now: datetime) -> int:
    # No row is locked meanwhile: whoever changes something marks it without waiting.
    advisory_locks.lock(Lock.COVERAGE)
    found = {defect.key: defect for defect in collect(now)}
    names = _Names(found.values())
    known = {row.key: row for row in CoverageDefect.objects.present()}
    rows = [_row(known.get(key), defect, names, now) for key, defect in found.items()]
    insert_all([row for row in rows if row.pk is None])
    write_all([row for row in rows if row.key in known], REVIEWED)
    gone = [row.pk for key, row in known.items() if key not in found]
    CoverageDefect.objects.filter(pk__in=gone).update(ended_at=now)
    CoverageDefect.objects.filter(ended_at__lt=now - KEPT).delete()
    CoverageReview.objects.update(reviewed_at=now, asked_at=None)
    return len(found)


def _row(
    row: CoverageDefect | None, defect: FoundDefect, names: "_Names", now: datetime
) -> CoverageDefect:
    finding = defect.finding
    if row and finding.level == DefectLevel.RED and _has_grown(row, defect.spans):
        row.told_at = row.ignored_until = None
    row = row or CoverageDefect(
        key=finding.key,
        kind=finding.kind,
        policy_id=finding.policy,
        schedule_id=finding.schedule,
        since=now,
    )
    row.level, row.looked_until = finding.level, now + AHEAD
    row.facts, row.spans = names.facts(finding.kind, finding.facts, row), defect.spans
    return row


def _has_grown(row: CoverageDefect, spans: Iterable[Span]) -> bool:
    """Whether there is more of it within the days that were looked at before."""
    until = instant_of(row.looked_until)
    known = row.get_spans()
    return any(
        not any(start <= begin and min(end, until) <= finish for start, finish in known)
        for begin, end in spans
        if begin < until
    )


class _Names:
    """The names of all whom defects mention, looked up once."""

    def __init__(self, found: Iterable[FoundDefect]) -> None:
        findings = [defect.finding for defect in found]
        people = {
            person
            for one in findings
            for name in ("people", "others", "cover")
            for person in one.facts.get(name, ())
        }
        schedules = {one.schedule for one in findings}
        schedules |= {pk for one in findings for pk in one.facts.get("schedules", ())}
        self.people = User.objects.in_bulk(people)
        self.schedules = Schedule.objects.in_bulk({pk for pk in schedules if pk})
        self.policies = Policy.objects.in_bulk({one.policy for one in findings if one.policy})
        self.has_catch_all = CatchAll.objects.told().exists()

    def facts(self, kind: str, facts: Mapping[str, Any], row: CoverageDefect) -> dict[str, Any]:
        """The same with names in place of ids, and the ids of those whom it is about."""
        found = dict(facts)
        found["ids"] = list(facts.get("people", ()))
        found["schedule_ids"] = list(facts.get("schedules", ()))
        for name in ("people", "others", "cover"):
            if name in facts:
                found[name] = [self._person(person) for person in facts[name]]
        if "schedules" in facts:
            found["schedules"] = [str(self.schedules[pk]) for pk in facts["schedules"]]
        if row.policy_id:
            found["policy"] = str(self.policies[row.policy_id])
        if row.schedule_id:
            found["schedule"] = str(self.schedules[row.schedule_id])
        if kind == DefectKind.NOBODY:
            found["has_catch_all"] = self.has_catch_all
        return found

    def _person(self, number: int) -> str:
        return str(self.people.get(number, "somebody who is gone"))


@transaction.atomic
def ignore(
    defect: CoverageDefect, until: datetime, *, by: User, reason: str, now: datetime
) -> CoverageDefect:
    """Nobody is told of it, and nothing counts it, until then.

    Raises InvalidRequest without a reason, or for a time that is past or too far ahead.
    """
    if not reason.strip():
        raise InvalidRequest("reason: Say why it may be ignored.")
    if not now < until <= now + MAX_IGNORED:
        raise InvalidRequest("until: Choose a time within the next year.")
    row = CoverageDefect.objects.select_for_update(no_key=True).get(pk=defect.pk)
    row.ignored_until, row.ignored_by, row.ignored_reason = until, by, reason.strip()[:300]
    row.save(update_fields=["ignored_until", "ignored_by", "ignored_reason"])
    return row


def stop_ignoring(defect: CoverageDefect) -> None:
    """It counts again."""
    CoverageDefect.objects.filter(pk=defect.pk).update(ignored_until=None)


def counts(now: datetime) -> dict[str, int]:
    """How many defects of each level there are that nobody ignores."""
    levels = CoverageDefect.objects.open(now).values_list("level", flat=True)
    found = list(levels)
    return {level.value: found.count(level.value) for level in DefectLevel}
