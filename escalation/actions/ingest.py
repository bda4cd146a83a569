"""Reports of senders change incidents, and the runs change with them, in one transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from escalation.actions.restart import restart_exhausted, restart_runs
from escalation.actions.start import RunStart, start_runs
from escalation.actions.suppression import resume_notifications
from escalation.plans.plan import SelectedPlan
from incidents.actions import ingest
from incidents.choices import ReportAction, ReportResult
from incidents.models import Alert, Incident
from incidents.report import Outcome, Report


@transaction.atomic
def report(
    reports: Sequence[Report],
    *,
    now: datetime,
    plans: Sequence[SelectedPlan] | None = None,
) -> list[Outcome]:
    """What each report did, in order. Runs start, resume or start anew as the incidents ask.

    ``plans`` has one plan for each report, by which its incident pages; without it an incident
    pages by the plan of its round before, or by the policy of its service.
    """
    if not reports:
        return []
    outcomes = ingest.report(reports)
    _start(outcomes, plans, now)
    resumed = {one.incident_id for one in outcomes if one.resumes_run and one.incident_id}
    if resumed:
        resume_notifications(sorted(resumed), now=now)
    again = {one.incident_id for one in outcomes if one.restarts_exhausted and one.incident_id}
    if again:
        restart_exhausted(sorted(again), now=now)
    return outcomes


def _start(
    outcomes: Sequence[Outcome], plans: Sequence[SelectedPlan] | None, now: datetime
) -> None:
    """One run for one incident, although several reports of a batch may ask for one."""
    paged = {one.incident_id: at for at, one in enumerate(outcomes) if one.starts_run}
    starting = {pk: at for pk, at in paged.items() if pk}
    if plans is not None:
        selected = {pk: plans[at] for pk, at in starting.items()}
        starts = [RunStart.by_plan(pk, by) for pk, by in selected.items()]
        start_runs(starts, now=now)
        return
    incidents = Incident.objects.select_related("service").filter(pk__in=starting)
    restart_runs(list(incidents), now=now)


def close_expired(alerts: Sequence[Alert], *, now: datetime, names: Mapping[int, str]) -> int:
    """Close the alerts that were not repeated in time; one that has been since stays.

    ``names`` says by which integration each alert came, by its id. Returns how many were closed.
    """
    reports = [
        Report(
            action=ReportAction.EXPIRE,
            service_id=alert.service_id,
            key=alert.key,
            at=now,
            source=alert.source,
            via=names.get(alert.pk) or "silence",
        )
        for alert in alerts
    ]
    return sum(outcome.result == ReportResult.CLOSED for outcome in report(reports, now=now))
