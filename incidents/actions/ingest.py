"""What senders report: alerts open, are counted, escalate, are acknowledged and close.

Reports come in batches. A batch is decided in memory, in its order, from rows that were locked and
read once, and written with one statement for each kind of row: that is what makes a storm cheap.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from incidents import suppression_counts, transitions
from incidents.actions.ingest_batch import Draft, Rows
from incidents.actions.ingest_open import escalate_severity, open_alert, set_owner
from incidents.actions.ingest_text import take_over_text
from incidents.choices import ReportAction, ReportResult, TimelineVerb
from incidents.models import Alert, Incident, Severity
from incidents.report import Outcome, Replayed, Report, spell_time

Status = Incident.Status


@transaction.atomic
def report(reports: Sequence[Report]) -> list[Outcome]:
    """What each report did, in order. All of them are committed together, or none.

    Two reports of one key, or of one group, at the same instant make one incident: whoever comes
    second waits.
    """
    batch = _Batch(Rows(reports))
    drafts = [batch.apply(report) for report in reports]
    batch.rows.write()
    return [draft.outcome() for draft in drafts]


@dataclass(slots=True)
class _Batch:
    """What each report does to the rows."""

    rows: Rows
    ended: set[tuple[int, str, datetime]] = field(default_factory=set)  # service, key, time

    def apply(self, report: Report) -> Draft:
        alert = self.rows.alerts.get((report.service_id, report.key))
        if ended_at := self.rows.ends.end_before(report):
            return Draft(ReportResult.IGNORED, f"late: its end came at {spell_time(ended_at)}")
        if problem := self._replay(report, alert):
            return Draft(ReportResult.IGNORED, problem)
        self.rows.ends.note(report)
        if alert is None:
            if report.action == ReportAction.TRIGGER:
                return open_alert(self.rows, report)
            return Draft(ReportResult.IGNORED, f"{report.action} without an open alert of this key")
        act = {
            ReportAction.TRIGGER: self._append,
            ReportAction.UPDATE: self._update,
            ReportAction.ACKNOWLEDGE: self._acknowledge,
            ReportAction.RESOLVE: self._resolve,
            ReportAction.EXPIRE: self._expire,
        }[ReportAction(report.action)]
        return act(report, alert)

    def _replay(self, report: Report, alert: Alert | None) -> str:
        """Why a replay does nothing: it opens no alert anew, does not touch a later one, and ends
        or acknowledges none that began again after it."""
        found, is_trigger = report.replays, report.action == ReportAction.TRIGGER
        if found is None or (alert is None) != is_trigger:
            return ""
        same = f"a replay: message {found.message} was the same"
        if alert is None:
            return f"{same}, and its alert has closed"
        if not found.is_done and (report.service_id, report.key, found.at) not in self.ended:
            return ""
        changed = _change_since(found, report, alert)
        return f"{same}, and {changed}" if changed else ""

    def _append(self, report: Report, alert: Alert) -> Draft:
        if report.repeats:
            self._extend_expiry(report, alert)
            return Draft(ReportResult.RETRY, f"The sender repeats message {report.repeats}", alert)
        self._record_seen(report, alert)
        take_over_text(self.rows, report, alert)
        set_owner(self.rows, report, alert.incident)
        alert.count += 1
        self._record_repeat(report, alert)
        self._set_expiry(report, alert, report.expires_at)
        alert.recent_occurrences = suppression_counts.add_arrival(
            alert.recent_occurrences, report.suppression, report.at
        )
        waited = alert.incident.waits_for_hours
        paged = self._escalate_severity(report, alert)
        if alert.incident.suppressed_reason:
            return self._append_suppressed(report, alert)
        repeats = alert.incident.is_open and suppression_counts.is_repeat_due(
            report.suppression, alert.count
        )
        return Draft(
            ReportResult.APPENDED,
            alert=alert,
            starts_run=paged,
            resumes_run=waited,
            restarts_exhausted=repeats and not waited,
        )

    def _record_repeat(self, report: Report, alert: Alert) -> None:
        """Repetitions stand on the timeline, ever more rarely: the 2nd, 3rd, 5th, 10th, 20th, 50th
        and so on. All of them are in the inbound log."""
        if alert.count == 3 or int(str(alert.count).rstrip("0")) in (1, 2, 5):
            text = f"{suppression_counts.ordinal(alert.count).capitalize()} time: {report.title}"
            self.rows.add_entry(report, alert.incident, TimelineVerb.REPEATED, text)

    def _append_suppressed(self, report: Report, alert: Alert) -> Draft:
        """One more of what is suppressed: it may be the one that is waited for."""
        incident, suppression = alert.incident, report.suppression
        if report.suppressed_by or incident.waits_for_hours:
            return Draft(ReportResult.APPENDED, f"suppressed: {incident.suppressed_reason}", alert)
        if suppression is not None and suppression.alerts:
            if not suppression_counts.is_reached(
                suppression, alert.count, alert.recent_occurrences
            ):
                return Draft(
                    ReportResult.APPENDED,
                    suppression_counts.describe(suppression, alert.count),
                    alert,
                )
            text = f"It came for the {suppression_counts.ordinal(alert.count)} time"
        elif incident.suppressed_until is None:  # The rule that would have ended it is gone.
            text = "It is no longer suppressed"
        else:
            return Draft(ReportResult.APPENDED, f"suppressed: {incident.suppressed_reason}", alert)
        transitions.unsuppress(incident, report.at)
        self.rows.add_entry(report, incident, TimelineVerb.NOTIFICATIONS_RESUMED, text)
        self.rows.mark_incident(incident)
        return Draft(ReportResult.APPENDED, f"{text}: people are told now", alert, resumes_run=True)

    def _escalate_severity(self, report: Report, alert: Alert) -> bool:
        """A worse severity is taken over; past what somebody has or put on hold it pages again."""
        if Severity(report.severity).rank >= Severity(alert.severity).rank:
            return False
        alert.severity = report.severity
        incident = alert.incident
        known = incident.severity if incident.status == Status.ON_HOLD else ""
        known = known or incident.acknowledged_severity
        escalate_severity(self.rows, report, incident)
        is_taken = incident.status in (Status.ACKNOWLEDGED, Status.ON_HOLD)
        if not is_taken or not known or report.suppressed_by:
            return False
        if Severity(report.severity).rank >= Severity(known).rank:
            return False
        said = "was acknowledged" if incident.status == Status.ACKNOWLEDGED else "is on hold"
        transitions.reopen(incident, report.at)
        text = f"{report.severity} is worse than the {known} that {said}"
        self.rows.add_entry(report, incident, TimelineVerb.RE_TRIGGERED, text)
        self.rows.mark_incident(incident)
        return True

    def _update(self, report: Report, alert: Alert) -> Draft:
        self._record_seen(report, alert)
        self._extend_expiry(report, alert)
        text = report.short_text or report.title
        self.rows.add_entry(report, alert.incident, TimelineVerb.UPDATED, text)
        waited = alert.incident.waits_for_hours
        paged = self._escalate_severity(report, alert)
        resumes = waited and not alert.incident.suppressed_reason
        return Draft(ReportResult.UPDATED, alert=alert, starts_run=paged, resumes_run=resumes)

    def _acknowledge(self, report: Report, alert: Alert) -> Draft:
        self._record_seen(report, alert)
        self._extend_expiry(report, alert)
        incident = alert.incident
        if not report.stops_paging:
            text = "The sender says that somebody works on it; people are told all the same"
            self.rows.add_entry(report, incident, TimelineVerb.UPDATED, text)
            return Draft(ReportResult.UPDATED, text, alert)
        if incident.status in (Status.OPEN, Status.ON_HOLD):
            transitions.acknowledge(incident, report.at)
            self.rows.add_entry(report, incident, TimelineVerb.ACKNOWLEDGED, "By the sender")
            self.rows.mark_incident(incident)
        return Draft(ReportResult.ACKNOWLEDGED, alert=alert)

    def _expire(self, report: Report, alert: Alert) -> Draft:
        if alert.expires_at is None or alert.expires_at > report.at:
            return Draft(ReportResult.IGNORED, "it was repeated in time", alert)
        text = f"was not repeated until {spell_time(alert.expires_at)}"
        if alert.expiry_restarts:
            text += f"; the portal was away meanwhile, and waited anew {alert.expiry_restarts}×"
        return self._close_alert(report, alert, f"{report.source or 'It'} {text}", text)

    def _resolve(self, report: Report, alert: Alert) -> Draft:
        self._record_seen(report, alert)
        self.ended.add((report.service_id, report.key, report.at))
        status = f" with status {report.source_status}" if report.source_status else ""
        return self._close_alert(
            report, alert, f"{report.source or report.via} reported its end{status}"
        )

    def _close_alert(self, report: Report, alert: Alert, text: str, reason: str = "") -> Draft:
        """The alert closes, and with the last one its incident; silently if nobody was told."""
        incident, is_last = alert.incident, self.rows.close(report, alert)
        self.rows.mark_alert(alert)
        if is_last:
            silent = bool(incident.suppressed_reason)
            transitions.close(incident, report.at, Incident.Resolution.RESOLVED)
            text = f"{text}; nobody had been told" if silent else text
            self.rows.add_entry(report, incident, TimelineVerb.RESOLVED, text, silent=silent)
            self.rows.mark_incident(incident)
            reason = reason or ("it was suppressed: nobody was told" if silent else "")
        return Draft(ReportResult.CLOSED, reason, alert)

    def _record_seen(self, report: Report, alert: Alert) -> None:
        alert.last_seen_at = report.at
        alert.source_status = report.source_status or alert.source_status
        self.rows.mark_alert(alert)

    def _extend_expiry(self, report: Report, alert: Alert) -> None:
        """The sender still knows of it; what says nothing of its end leaves that as it was."""
        if report.expires_at:
            self._set_expiry(report, alert, report.expires_at)
        self.rows.mark_alert(alert)

    def _set_expiry(self, report: Report, alert: Alert, expires_at: datetime | None) -> None:
        alert.expires_at, alert.waits_since, alert.expiry_restarts = expires_at, report.at, 0


def _change_since(found: Replayed, report: Report, alert: Alert) -> str:
    """What began after ``found``, which did what ``report`` would do again; "" if nothing did."""
    if found.at < alert.opened_at:
        return "came before this alert opened"
    if report.action == ReportAction.RESOLVE:  # It closed this alert.
        return "this alert was reopened after it"
    acknowledges = report.action == ReportAction.ACKNOWLEDGE and report.stops_paging
    has_ended = acknowledges and alert.incident.can_be_acknowledged
    return "what it acknowledged is open or on hold again" if has_ended else ""
