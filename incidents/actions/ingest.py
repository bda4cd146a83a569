"""What senders report: alerts open, are counted, rise, are acknowledged and close.

Reports come in batches. A batch is decided in memory, in its order, from rows that were locked and
read once, and written with one statement for each kind of row: that is what makes a storm cheap.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from incidents import hold_counts, transitions
from incidents.actions.ingest_batch import Draft, Rows
from incidents.actions.ingest_open import open_alert, worsen
from incidents.models import Alert, Incident, Severity
from incidents.report import Outcome, Report, spell_time

Status = Incident.Status


@transaction.atomic
def report(reports: Sequence[Report]) -> list[Outcome]:
    """What each report did, in order. All of them are committed together, or none.

    Two reports of one key, or of one group, at the same instant make one incident: whoever comes
    second waits.
    """
    batch = _Batch(Rows(reports))
    drafts = [batch.take(report) for report in reports]
    batch.rows.write()
    return [draft.outcome() for draft in drafts]


def close_expired(alerts: Sequence[Alert], *, now: datetime, names: Mapping[int, str]) -> int:
    """Close those that were not repeated in time; one that has been since stays. Returns how many.

    ``names`` says by which way in each alert came.
    """
    reports = [
        Report(
            action="expire",
            service_id=alert.service_id,
            key=alert.key,
            at=now,
            source=alert.source,
            via=names.get(alert.pk) or "silence",
        )
        for alert in alerts
    ]
    return sum(outcome.result == "closed" for outcome in report(reports))


@dataclass(slots=True)
class _Batch:
    """What each report does to the rows."""

    rows: Rows

    def take(self, report: Report) -> Draft:
        alert = self.rows.alerts.get((report.service_id, report.key))
        if alert is None:
            if report.action == "trigger":
                return open_alert(self.rows, report)
            return Draft("ignored", f"{report.action} without an open alert of this key")
        act = {
            "trigger": self._append,
            "update": self._update,
            "acknowledge": self._acknowledge,
            "resolve": self._close,
            "expire": self._expire,
        }[report.action]
        return act(report, alert)

    def _append(self, report: Report, alert: Alert) -> Draft:
        if report.repeats:
            self._alive(report, alert)
            return Draft("retry", f"The sender repeats message {report.repeats}", alert)
        self._seen(report, alert)
        alert.count += 1
        alert.expires_at = report.expires_at
        alert.recent_occurrences = hold_counts.noted(
            alert.recent_occurrences, report.hold, report.at
        )
        paged = self._rise(report, alert)
        if alert.incident.suppressed_reason:
            return self._append_held(report, alert)
        insists = alert.incident.is_open and hold_counts.insists(report.hold, alert.count)
        return Draft("appended", alert=alert, paged=paged, insists=insists)

    def _append_held(self, report: Report, alert: Alert) -> Draft:
        """One more of what is held back: it may be the one that is waited for."""
        incident, held = alert.incident, report.hold
        if report.suppressed_by:
            return Draft("appended", f"held back: {incident.suppressed_reason}", alert)
        if held is not None and held.alerts:
            if not hold_counts.is_reached(held, alert.count, alert.recent_occurrences):
                return Draft("appended", hold_counts.says(held, alert.count), alert)
            text = f"It came for the {hold_counts.ordinal(alert.count)} time"
        elif incident.suppressed_until is None:  # The rule that would have ended it is gone.
            text = "It is held back no longer"
        else:
            return Draft("appended", f"held back: {incident.suppressed_reason}", alert)
        transitions.let_go(incident, report.at)
        self.rows.note(report, incident, "notifications_resumed", text)
        self.rows.change(incident)
        return Draft("appended", f"{text}: people are told now", alert, released=True)

    def _rise(self, report: Report, alert: Alert) -> bool:
        """A worse severity is taken over; past the one that was acknowledged it pages again."""
        if Severity(report.severity).rank >= Severity(alert.severity).rank:
            return False
        alert.severity = report.severity
        incident = alert.incident
        worsen(self.rows, report, incident)
        known = incident.acknowledged_severity
        if incident.status != Status.ACKNOWLEDGED or not known or report.suppressed_by:
            return False
        if Severity(report.severity).rank >= Severity(known).rank:
            return False
        transitions.open_again(incident)
        text = f"{report.severity} is worse than the {known} that was acknowledged"
        self.rows.note(report, incident, "re_triggered", text)
        self.rows.change(incident)
        return True

    def _update(self, report: Report, alert: Alert) -> Draft:
        self._seen(report, alert)
        self._alive(report, alert)
        text = report.short_text or report.title
        self.rows.note(report, alert.incident, "updated", text)
        paged = self._rise(report, alert)
        return Draft("updated", alert=alert, paged=paged)

    def _acknowledge(self, report: Report, alert: Alert) -> Draft:
        self._seen(report, alert)
        self._alive(report, alert)
        incident = alert.incident
        if not report.stops_paging:
            text = "The sender says that somebody works on it; people are told all the same"
            self.rows.note(report, incident, "updated", text)
            return Draft("updated", text, alert)
        if incident.status in (Status.OPEN, Status.ON_HOLD):
            transitions.take(incident, report.at)
            self.rows.note(report, incident, "acknowledged", "By the sender")
            self.rows.change(incident)
        return Draft("acknowledged", alert=alert)

    def _expire(self, report: Report, alert: Alert) -> Draft:
        if alert.expires_at is None or alert.expires_at > report.at:
            return Draft("ignored", "it was repeated in time", alert)
        text = f"was not repeated until {spell_time(alert.expires_at)}"
        return self._end(report, alert, f"{report.source or 'It'} {text}", text)

    def _close(self, report: Report, alert: Alert) -> Draft:
        self._seen(report, alert)
        status = f" with status {report.source_status}" if report.source_status else ""
        return self._end(report, alert, f"{report.source or report.via} reported its end{status}")

    def _end(self, report: Report, alert: Alert, text: str, reason: str = "") -> Draft:
        """The alert closes, and with the last one its incident; silently if nobody was told."""
        incident, is_last = alert.incident, self.rows.close(report, alert)
        self.rows.touch(alert)
        if is_last:
            silent = bool(incident.suppressed_reason)
            transitions.end(incident, report.at, Incident.Resolution.RESOLVED)
            text = f"{text}; nobody had been told" if silent else text
            self.rows.note(report, incident, "resolved", text, silent=silent)
            self.rows.change(incident)
            reason = reason or ("it was held back: nobody was told" if silent else "")
        return Draft("closed", reason, alert)

    def _seen(self, report: Report, alert: Alert) -> None:
        alert.last_seen_at = report.at
        alert.source_status = report.source_status or alert.source_status
        self.rows.touch(alert)

    def _alive(self, report: Report, alert: Alert) -> None:
        """The sender still knows of it; what says nothing of its end leaves that as it was."""
        alert.expires_at = report.expires_at or alert.expires_at
        self.rows.touch(alert)
