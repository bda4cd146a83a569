"""Drills: planned, begun when they are due, and ended with what came of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.utils import timezone

from escalation.actions.due_rows import process_due
from escalation.actions.start import RunStart, start_runs
from escalation.choices import TargetKind
from escalation.models import Drill, DrillPage, Policy
from escalation.plans.plan import Plan, PlanStep, PlanTarget
from escalation.policies.ladder import ladder_of
from escalation.policies.plan_builder import plan_of_policy
from escalation.policies.rungs import Case, Rung, Told
from escalation.policies.step_results import ARRIVED
from incidents.actions.open import open_incident
from incidents.choices import TimelineVerb
from incidents.errors import InvalidRequest
from incidents.models import Incident, Service, TimelineEntry, User
from incidents.report import TEST_TTL
from notifications.actions.notices import add_notices
from notifications.choices import NotificationState
from notifications.models import Notification
from opsportal.lib.durations import format_duration

SERVICE = "Drills"
LONGEST_AHEAD = timedelta(days=366)
PAST_TOLERANCE = timedelta(minutes=5)
OVER_AFTER = TEST_TTL + timedelta(minutes=1)
# What counts as an answer of the person.
ANSWERS = (
    TimelineVerb.ACKNOWLEDGED,
    TimelineVerb.ASSIGNED,
    TimelineVerb.RESOLVED,
    TimelineVerb.SNOOZED,
    TimelineVerb.COMMENTED,
)


@dataclass(frozen=True, slots=True)
class DrillResult:
    """How one person answered; ``answered_s``: seconds after the beginning of the drill."""

    user: User
    step: int
    why: str
    is_reachable: bool
    sent: Sequence[str]
    failed: Sequence[str]
    answered_at: datetime | None
    answered_s: float | None
    incident_id: int | None

    @property
    def after_words(self) -> str:
        """How long the answer took, in words."""
        return "" if self.answered_s is None else f"after {format_duration(self.answered_s)}"

    @property
    def failed_words(self) -> str:
        """By what it could not be sent."""
        return f"{', '.join(self.failed)} failed"

    @property
    def outcome(self) -> str:
        """answered, unreachable (no address, or every message failed), or silent."""
        if self.answered_at:
            return "answered"
        return "silent" if self.is_reachable and (self.sent or not self.failed) else "unreachable"


@transaction.atomic
def plan_drill(
    policy: Policy,
    at: datetime,
    *,
    is_announced: bool = False,
    message: str = "",
    by: User | None = None,
) -> Drill:
    """Plan a drill; an announced one leaves a line in the portal for those whom it would page now.

    Raises InvalidRequest for a time that is past or too far away.
    """
    now = timezone.now()
    if not now - PAST_TOLERANCE <= at <= now + LONGEST_AHEAD:
        raise InvalidRequest("at: choose a time from now on, at most a year ahead.")
    drill = Drill.objects.create(
        policy=policy, at=at, is_announced=is_announced, message=message, made_by=by
    )
    if is_announced:
        people = {told.user_id: told for _, told in _people(plan_of_policy(policy), at)}
        text = f"A drill of the policy {policy} is planned: {{at}}. You may be paged as a test."
        add_notices([pk for pk in people if pk], f"drill:{drill.pk}", text, at)
    return drill


def cancel_drill(drill: Drill) -> None:
    """It does not begin. Raises InvalidRequest where it has begun; twice changes nothing."""
    changed = Drill.objects.planned().filter(pk=drill.pk).update(cancelled_at=timezone.now())
    if not changed and Drill.objects.filter(pk=drill.pk, cancelled_at=None).exists():
        raise InvalidRequest("It has begun already.")


def run_drills(now: datetime) -> int:
    """Begin the drills that are due, and end those that are over; returns how many."""
    planned = Drill.objects.planned().filter(at__lte=now).order_by("at")
    over = Drill.objects.running().filter(began_at__lte=now - OVER_AFTER).order_by("began_at")
    begun = process_due(planned.select_related("policy", "made_by"), partial(_begin, now=now))
    return begun + process_due(over, partial(_end, now=now))


def next_drill() -> datetime | None:
    """When a drill begins or ends next."""
    live = Drill.objects.filter(ended_at=None, cancelled_at=None)
    rows = live.values_list("at", "began_at")
    return min((began + OVER_AFTER if began else at for at, began in rows), default=None)


def _begin(drill: Drill, *, now: datetime) -> None:
    drill.began_at = now
    drill.save(update_fields=["began_at"])
    plan, service = plan_of_policy(drill.policy), _service()
    pages, starts = [], []
    for rung, told in _people(plan, now):
        incident = _test_for(drill, service, told) if told.ways else None
        if incident:
            starts.append(RunStart(incident.pk, _plan_for(plan, rung, told)))
        page = DrillPage(drill=drill, user_id=told.user_id or 0, step=rung.position + 1)
        page.incident, page.is_reachable, page.why = incident, incident is not None, told.why[:300]
        pages.append(page)
    DrillPage.objects.bulk_create(pages)
    if starts:
        start_runs(starts, now=now)


def _people(plan: Plan, at: datetime) -> list[tuple[Rung, Told]]:
    """Each person whom the steps of a plan would tell, once, where they are told first."""
    found: dict[int, tuple[Rung, Told]] = {}
    for rung in ladder_of(plan, Case(at)).rungs:
        for told in rung.told if rung.state != "end" else ():
            if told.user_id:
                found.setdefault(told.user_id, (rung, told))
    return list(found.values())


def _service() -> Service:
    """The service of the tests of drills; made when it is first needed."""
    service, _ = Service.objects.get_or_create(
        name=SERVICE, defaults={"description": "Tests of those who are on call."}
    )
    if service.archived_at:
        service.archived_at = None
        service.save(update_fields=["archived_at"])
    return service


def _test_for(drill: Drill, service: Service, told: Told) -> Incident:
    """The test of one person: it pages them alone, closes by itself, and counts nowhere."""
    name = f"Drill of {drill.policy}: acknowledge this"
    title = f"{name}. {drill.message}" if drill.message else name
    return open_incident(
        service,
        title,
        by=drill.made_by,
        via="drill",
        is_test=True,
        test_recipient_id=told.user_id or 0,
    )


def _plan_for(plan: Plan, rung: Rung, told: Told) -> Plan:
    channels = plan.steps[rung.position].channels
    target = PlanTarget(TargetKind.USER, told.user_id)
    return Plan(
        name=f"Drill of {plan.name}", steps=(PlanStep(targets=(target,), channels=channels),)
    )


def _end(drill: Drill, *, now: datetime) -> None:
    """Keep what came of it."""
    results = {result.user.pk: result for result in drill_results(drill)}
    for page in drill.pages.all():
        result = results[page.user_id]
        page.answered_at = result.answered_at
        page.sent_channels, page.failed_channels = list(result.sent), list(result.failed)
        page.save(update_fields=["answered_at", "sent_channels", "failed_channels"])
    drill.ended_at = now
    drill.save(update_fields=["ended_at"])


def drill_results(drill: Drill) -> list[DrillResult]:
    """How everybody answered: as it was kept, and while it runs as it stands now."""
    pages = list(drill.pages.select_related("user"))
    incidents = [page.incident_id for page in pages if page.incident_id and not drill.ended_at]
    answers, sent = _answers(incidents), _channels(incidents)
    return [_result(drill, page, answers, sent) for page in pages]


def _result(
    drill: Drill,
    page: DrillPage,
    answers: dict[tuple[int, int], datetime],
    channels: dict[int, tuple[list[str], list[str]]],
) -> DrillResult:
    incident_id = page.incident_id or 0
    kept = (page.sent_channels, page.failed_channels)
    sent, failed = kept if drill.ended_at else channels.get(incident_id, ([], []))
    at = page.answered_at or answers.get((incident_id, page.user_id))
    began_at = drill.began_at
    return DrillResult(
        user=page.user,
        step=page.step,
        why=page.why,
        is_reachable=page.is_reachable,
        sent=sent,
        failed=failed,
        answered_at=at,
        answered_s=(at - began_at).total_seconds() if at and began_at else None,
        incident_id=page.incident_id,
    )


def _answers(incidents: Sequence[int]) -> dict[tuple[int, int], datetime]:
    """→ {(incident, person): when they first did something with it}."""
    rows = TimelineEntry.objects.filter(incident__in=incidents, verb__in=ANSWERS)
    found: dict[tuple[int, int], datetime] = {}
    for incident, by, at in rows.order_by("at").values_list("incident_id", "by_id", "at"):
        if by:
            found.setdefault((incident, by), at)
    return found


def _channels(incidents: Sequence[int]) -> dict[int, tuple[list[str], list[str]]]:
    """→ {incident: (channels by which a message went out, channels of which all failed)}."""
    rows = Notification.objects.filter(incident__in=incidents).exclude(channel="inapp")
    states: dict[int, dict[str, set[str]]] = {}
    for incident, channel, state in rows.values_list("incident_id", "channel", "state"):
        if incident:
            states.setdefault(incident, {}).setdefault(channel, set()).add(state)
    return {
        incident: (
            [name for name, found in by_channel.items() if found & ARRIVED],
            [name for name, found in by_channel.items() if found == {NotificationState.FAILED}],
        )
        for incident, by_channel in states.items()
    }
