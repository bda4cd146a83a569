"""New alerts: each begins an incident, or becomes a part of one that is here already."""

from incidents import custom_fields, sla_clock, suppression_counts, transitions
from incidents.actions.ingest_batch import Draft, Rows
from incidents.choices import ReportResult, TimelineVerb, Urgency
from incidents.models import Alert, Incident, Severity
from incidents.report import Report, Suppression


def open_alert(rows: Rows, report: Report) -> Draft:
    """A new alert, and what comes of it."""
    past = rows.recent_occurrences.get((report.service_id, report.key), [])
    recent_occurrences = suppression_counts.add_arrival(past, report.suppression, report.at)
    suppression = report.suppression
    if suppression is not None and suppression_counts.is_reached(
        suppression, 1, recent_occurrences
    ):
        suppression = None
    incident = _group_incident(rows, report, suppression)
    if incident is None:
        incident = _incident(rows, report)
        draft = _open(rows, report, incident, suppression)
    else:
        draft = _join(rows, report, incident, suppression)
    draft.alert = _alert(report, incident, recent_occurrences)
    rows.add(report, draft.alert)
    set_owner(rows, report, incident)
    for name in report.unknown:
        text = f"“{name}” is nobody whom this portal can tell"
        rows.add_entry(report, incident, TimelineVerb.RECIPIENT_UNKNOWN, text)
    return draft


def escalate_severity(rows: Rows, report: Report, incident: Incident) -> None:
    """An incident is as bad as the worst of its alerts has been. Where that makes it urgent, it
    waits for support hours no more: the caller resumes its run."""
    if Severity(report.severity).rank >= Severity(incident.severity).rank:
        return
    text = f"From {incident.severity} to {report.severity}"
    transitions.escalate_severity(incident, report.severity, report.at)
    rows.add_entry(report, incident, TimelineVerb.SEVERITY_ESCALATED, text)
    if incident.waits_for_hours and incident.urgency == Urgency.HIGH:
        transitions.unsuppress(incident, report.at)
        text = "It is of high urgency now: people are told"
        rows.add_entry(report, incident, TimelineVerb.NOTIFICATIONS_RESUMED, text)
    rows.mark_incident(incident)


def set_owner(rows: Rows, report: Report, incident: Incident) -> None:
    """Whom the sender calls the assignee owns what nobody owns yet.

    That acknowledges nothing: a machine has said it, so people are paged all the same.
    """
    if report.owner_id is None or incident.assignee_id is not None:
        return
    incident.assignee_id = report.owner_id
    name, sender = report.attributes.get("assignee", ""), report.source or report.via
    text = f"To {name}, as {sender} says; people are paged all the same"
    rows.add_entry(report, incident, TimelineVerb.ASSIGNED, text, silent=True)
    rows.mark_incident(incident)


def _group_incident(rows: Rows, report: Report, suppression: Suppression | None) -> Incident | None:
    """The incident that the alert becomes a part of, the newest of those that take it."""
    if report.group is None:
        return None
    candidates = reversed(rows.groups[report.service_id, report.group.key])
    return next((one for one in candidates if _accepts(one, report, suppression)), None)


def _accepts(incident: Incident, report: Report, suppression: Suppression | None) -> bool:
    """Whether the alert of the report may join the incident.

    What is suppressed joins only what is suppressed for the same reason, and not for longer:
    nobody hears of it later than they should.
    """
    # What was merged with it brings alerts of its own group, which has no end of its own here.
    until = incident.group_until if incident.group_key == report.group_key else None
    if incident.is_resolved or (until is not None and until <= report.at):
        return False
    reason = "" if incident.waits_for_hours else incident.suppressed_reason
    if reason != (suppression.reason[:300] if suppression else ""):
        return False
    if suppression is None or suppression.until is None or incident.suppressed_until is None:
        return True
    return incident.suppressed_until <= suppression.until


def _open(rows: Rows, report: Report, incident: Incident, suppression: Suppression | None) -> Draft:
    status = f" with status {report.source_status}" if report.source_status else ""
    text = f"{report.source or report.via} reported it{status}"
    if suppression is None:
        rows.add_entry(report, incident, TimelineVerb.OPENED, text)
        return Draft(ReportResult.OPENED, starts_run=True)
    transitions.suppress(incident, suppression)
    reason = suppression_counts.describe(suppression, 1)
    rows.add_entry(
        report, incident, TimelineVerb.OPENED, f"{text}. Nobody is told yet: {reason}", silent=True
    )
    return Draft(suppression.result, reason, starts_run=True)


def _join(rows: Rows, report: Report, incident: Incident, suppression: Suppression | None) -> Draft:
    """It pages anew where somebody has the incident already, or where all were told already."""
    pages = report.group is not None and report.group.pages_again
    rows.add_entry(report, incident, TimelineVerb.ALERT_ADDED, report.title)
    waited = incident.waits_for_hours
    escalate_severity(rows, report, incident)
    incident.conference_bridge = incident.conference_bridge or report.conference_bridge
    rows.mark_incident(incident)
    if suppression is not None:
        return Draft(suppression.result, suppression_counts.describe(suppression, 1), joined=True)
    if waited:
        resumes = not incident.suppressed_reason
        return Draft(ReportResult.OPENED, joined=True, resumes_run=resumes)
    if not pages or incident.is_open:
        return Draft(ReportResult.OPENED, joined=True, restarts_exhausted=pages)
    transitions.reopen(incident, report.at)
    rows.add_entry(report, incident, TimelineVerb.RE_TRIGGERED, f"A new alert: {report.title}")
    return Draft(
        ReportResult.OPENED, "somebody had it, and it pages again", joined=True, starts_run=True
    )


def _incident(rows: Rows, report: Report) -> Incident:
    service, group = rows.services[report.service_id], report.group
    incident = Incident(
        service=service,
        title=report.title,
        description=report.long_text,
        url=report.url,
        severity=report.severity,
        priority=report.topic_priority,
        source=report.source,
        is_test=report.is_test,
        test_recipient_id=report.test_recipient_id,
        opened_at=report.at,
        changed_at=report.at,
        group_key=group.key if group else "",
        group_until=group.until if group else None,
        conference_bridge=report.conference_bridge,
        tags=custom_fields.tags_of_alert(report.attributes),
        custom_fields=custom_fields.values_of_alert(rows.custom_fields, report.attributes),
    )
    transitions.start_closing(incident, report.at)
    transitions.start_urgency(incident, report.at)
    sla_clock.begin(incident, report.at)
    return incident


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
        waits_since=report.at,
        suppressed_by=report.suppressed_by,
    )
