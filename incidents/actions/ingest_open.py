"""New alerts: each begins an incident, or becomes a part of one that is here already."""

from incidents import hold_counts, transitions
from incidents.actions.ingest_batch import Draft, Rows
from incidents.models import Alert, Incident, Severity
from incidents.report import Hold, Report, urgency_of


def open_alert(rows: Rows, report: Report) -> Draft:
    """A new alert, and what comes of it."""
    past = rows.recent_occurrences.get((report.service_id, report.key), [])
    recent_occurrences = hold_counts.noted(past, report.hold, report.at)
    held = report.hold
    if held is not None and hold_counts.is_reached(held, 1, recent_occurrences):
        held = None
    incident = _to_join(rows, report, held)
    if incident is None:
        incident = _incident(rows, report)
        draft = _begin(rows, report, incident, held)
    else:
        draft = _join(rows, report, incident, held)
    draft.alert = _alert(report, incident, recent_occurrences)
    rows.add(report, draft.alert)
    for name in report.unknown:
        text = f"“{name}” is nobody whom this portal can tell"
        rows.note(report, incident, "recipient_unknown", text)
    return draft


def worsen(rows: Rows, report: Report, incident: Incident) -> None:
    """An incident is as bad as the worst of its alerts has been."""
    if Severity(report.severity).rank < Severity(incident.severity).rank:
        text = f"From {incident.severity} to {report.severity}"
        incident.severity, incident.urgency = report.severity, urgency_of(report.severity)
        rows.note(report, incident, "severity_escalated", text)
        rows.change(incident)


def _to_join(rows: Rows, report: Report, held: Hold | None) -> Incident | None:
    """The incident that the alert becomes a part of, the newest of those that take it."""
    if report.group is None:
        return None
    candidates = reversed(rows.groups[report.service_id, report.group.key])
    return next((one for one in candidates if _takes(one, report, held)), None)


def _takes(incident: Incident, report: Report, held: Hold | None) -> bool:
    """What is held back joins only what is held for the same reason, and not for longer: nobody
    hears of it later than they should."""
    until = incident.group_until
    if incident.is_resolved or (until is not None and until <= report.at):
        return False
    if incident.suppressed_reason != (held.reason[:300] if held else ""):
        return False
    if held is None or held.until is None or incident.suppressed_until is None:
        return True
    return incident.suppressed_until <= held.until


def _begin(rows: Rows, report: Report, incident: Incident, held: Hold | None) -> Draft:
    status = f" with status {report.source_status}" if report.source_status else ""
    text = f"{report.source or report.via} reported it{status}"
    if held is None:
        rows.note(report, incident, "opened", text)
        return Draft("opened", paged=True)
    transitions.hold(incident, held)
    reason = hold_counts.says(held, 1)
    rows.note(report, incident, "opened", f"{text}. Nobody is told yet: {reason}", silent=True)
    return Draft(held.result, reason, paged=True)


def _join(rows: Rows, report: Report, incident: Incident, held: Hold | None) -> Draft:
    """It pages anew where somebody has the incident already, or where all were told already."""
    pages = report.group is not None and report.group.pages_again
    rows.note(report, incident, "alert_added", report.title)
    worsen(rows, report, incident)
    incident.conference_bridge = incident.conference_bridge or report.conference_bridge
    rows.change(incident)
    if held is not None:
        return Draft(held.result, hold_counts.says(held, 1), joined=True)
    if not pages or incident.is_open:
        return Draft("opened", joined=True, insists=pages)
    transitions.open_again(incident)
    rows.note(report, incident, "re_triggered", f"A new alert: {report.title}")
    return Draft("opened", "somebody had it, and it pages again", joined=True, paged=True)


def _incident(rows: Rows, report: Report) -> Incident:
    service, group = rows.services[report.service_id], report.group
    return Incident(
        service=service,
        title=report.title,
        description=report.long_text,
        url=report.url,
        severity=report.severity,
        urgency=urgency_of(report.severity),
        source=report.source,
        is_test=report.is_test,
        opened_at=report.at,
        changed_at=report.at,
        acknowledge_by=service.acknowledge_by(report.at),
        resolve_by=service.resolve_by(report.at),
        group_key=group.key if group else "",
        group_until=group.until if group else None,
        conference_bridge=report.conference_bridge,
    )


def _alert(report: Report, incident: Incident, recent_occurrences: list[str]) -> Alert:
    return Alert(
        incident=incident,
        service=incident.service,
        key=report.key,
        dedup_key=report.dedup_key,
        source=report.source,
        source_name=report.source_name,
        source_id=report.source_id,
        source_status=report.source_status,
        severity=report.severity,
        title=report.title,
        short_text=report.short_text,
        long_text=report.long_text,
        url=report.url,
        attributes=report.attributes,
        opened_at=report.at,
        last_seen_at=report.at,
        recent_occurrences=recent_occurrences,
        expires_at=report.expires_at,
        suppressed_by=report.suppressed_by,
    )
