"""What people publish on status pages, and change of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from incidents.actions import timeline
from incidents.actions.locking import lock_incident
from incidents.choices import TimelineVerb
from incidents.errors import InvalidRequest
from incidents.models import Incident, User
from notifications.choices import ComponentStatus, ReportImpact, ReportKind, ReportState
from notifications.models import StatusPage, StatusReport, StatusUpdate
from notifications.models.status_report import ENDS
from notifications.status_pages.actions.tell_subscribers import tell_subscribers
from notifications.status_pages.timeline import IMPACT_OF

STATES = {
    ReportKind.INCIDENT: (
        ReportState.INVESTIGATING,
        ReportState.IDENTIFIED,
        ReportState.MONITORING,
        ReportState.RESOLVED,
    ),
    ReportKind.MAINTENANCE: (
        ReportState.SCHEDULED,
        ReportState.IN_PROGRESS,
        ReportState.VERIFYING,
        ReportState.COMPLETED,
    ),
}
Effects = Mapping[int, ComponentStatus]


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be published. ``impact`` None: as bad as the worst of its components.

    ``effects`` has the components that are touched; none of the others is changed.
    """

    title: str
    body: str
    state: ReportState
    kind: ReportKind = ReportKind.INCIDENT
    impact: ReportImpact | None = None
    effects: Effects = field(default_factory=dict)
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    incident: Incident | None = None
    source: str = ""


@transaction.atomic
def publish(
    page: StatusPage, draft: Draft, *, by: User | None = None, tells: bool = True
) -> StatusReport:
    """A report with its first update; subscribers are told of it if ``tells``.

    Raises InvalidRequest for a state of the other kind, a component of another page, or a
    maintenance that does not end after it starts.
    """
    now = timezone.now()
    starts_at = draft.starts_at or now
    _check_state(draft.kind, draft.state)
    _check_times(draft, starts_at, now)
    effects = _effects_of(page, draft.effects, draft.state)
    report = StatusReport.objects.create(
        page=page,
        kind=draft.kind,
        title=draft.title.strip(),
        state=draft.state,
        impact=_impact_of(draft, effects),
        incident=draft.incident,
        source=draft.source,
        starts_at=starts_at,
        ends_at=draft.ends_at if draft.kind == ReportKind.MAINTENANCE else None,
        resolved_at=now if draft.state in ENDS else None,
        created_at=now,
        changed_at=now,
    )
    update = _say(report, draft.state, draft.body, effects, by=by, tells=tells)
    if draft.incident is not None:
        _note(lock_incident(draft.incident.pk), report, update, by)
    return report


@transaction.atomic
def add_update(
    report_id: int,
    *,
    state: ReportState,
    body: str,
    effects: Effects,
    by: User | None = None,
    tells: bool = True,
) -> StatusUpdate:
    """What is said next of a report, and how its components are from now on; what ends it makes
    all of them operational again, unless another report says otherwise.

    Raises InvalidRequest as ``publish`` does.
    """
    report = StatusReport.objects.select_for_update(no_key=True).get(pk=report_id)
    _check_state(ReportKind(report.kind), state)
    incident = lock_incident(report.incident_id) if report.incident_id else None
    now = timezone.now()
    report.state, report.changed_at = state, now
    report.resolved_at = (report.resolved_at or now) if state in ENDS else None
    report.save(update_fields=["state", "changed_at", "resolved_at"])
    effects = _effects_of(report.page, effects, state)
    update = _say(report, state, body, effects, by=by, tells=tells)
    if incident is not None:
        _note(incident, report, update, by)
    return update


@transaction.atomic
def change_report(report_id: int, *, title: str, impact: ReportImpact) -> StatusReport:
    """Other words for the same: nobody is told."""
    report = StatusReport.objects.select_for_update(no_key=True).get(pk=report_id)
    report.title, report.impact, report.changed_at = title.strip(), impact, timezone.now()
    report.save(update_fields=["title", "impact", "changed_at"])
    touch(report.page)
    return report


@transaction.atomic
def withdraw(report_id: int) -> None:
    """Take a report from its page, as if it had never been there. Mails that were sent stay."""
    report = StatusReport.objects.get(pk=report_id)
    report.delete()
    touch(report.page)


@transaction.atomic
def set_published(page: StatusPage, is_published: bool) -> None:
    """Show the page to everybody, or to nobody but this portal."""
    page.is_published = is_published
    page.save(update_fields=["is_published"])
    touch(page)


def touch(page: StatusPage) -> None:
    """What visitors see has changed: what is cached of it is made anew."""
    page.changed_at = timezone.now()
    page.save(update_fields=["changed_at"])


def _say(
    report: StatusReport,
    state: ReportState,
    body: str,
    effects: dict[int, ComponentStatus],
    *,
    by: User | None,
    tells: bool,
) -> StatusUpdate:
    update = StatusUpdate.objects.create(
        report=report,
        state=state,
        body=body.strip(),
        effects={str(pk): status.value for pk, status in effects.items()},
        at=report.changed_at,
        by=by,
    )
    touch(report.page)
    if tells and report.page.is_published:
        tell_subscribers(update)
    return update


def _note(incident: Incident, report: StatusReport, update: StatusUpdate, by: User | None) -> None:
    """Its timeline says what was published of it."""
    text = f"{report.page}: {report.title} ({update.get_state_display()}). {update.body}"
    timeline.record([timeline.entry(incident, TimelineVerb.MADE_PUBLIC, text, by=by)])


def _check_state(kind: ReportKind, state: ReportState) -> None:
    if state not in STATES[kind]:
        raise InvalidRequest(f"state: {state.label} is none of {_labels(kind)}.")


def _labels(kind: ReportKind) -> str:
    return ", ".join(state.label for state in STATES[kind])


def _check_times(draft: Draft, starts_at: datetime, now: datetime) -> None:
    if draft.kind == ReportKind.MAINTENANCE:
        if draft.ends_at is None or draft.ends_at <= starts_at:
            raise InvalidRequest("ends_at: it must end after it starts.")
    elif starts_at > now:
        raise InvalidRequest("starts_at: an incident cannot begin in the future.")


def _effects_of(
    page: StatusPage, effects: Effects, state: ReportState
) -> dict[int, ComponentStatus]:
    """Those that say something; none of what is over. Raises InvalidRequest."""
    known = set(page.components.values_list("pk", flat=True))
    if unknown := sorted(effects.keys() - known):
        raise InvalidRequest(f"effects: {unknown[0]} is no component of {page}.")
    if state in ENDS:
        return {}
    return {pk: one for pk, one in effects.items() if one != ComponentStatus.OPERATIONAL}


def _impact_of(draft: Draft, effects: Effects) -> ReportImpact:
    if draft.kind == ReportKind.MAINTENANCE:
        return ReportImpact.MAINTENANCE
    if draft.impact is not None:
        return draft.impact
    found = [IMPACT_OF[status] for status in effects.values()]
    return max(found, key=list(ReportImpact).index, default=ReportImpact.NONE)
