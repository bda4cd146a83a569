"""What senders report: alerts open, are counted, rise, are acknowledged and close.

Reports come in batches. A batch is decided in memory, in its order, from rows that were locked and
read once, and written with one statement for each kind of row: that is what makes a storm cheap.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import connection, transaction
from django.utils import timezone

from incidents.models import Alert, Incident, Service, Severity, TimelineEntry
from incidents.report import Outcome, Report, urgency_of
from incidents.verbs.timeline import entry, record

Status = Incident.Status
Pair = tuple[int, str]


@transaction.atomic
def report(reports: Sequence[Report]) -> list[Outcome]:
    """What each report did, in order. All of them are committed together, or none.

    Two reports of one key at the same instant make one alert: whoever comes second waits.
    """
    batch = _Batch(reports)
    drafts = [batch.take(report) for report in reports]
    batch.write()
    return [draft.outcome() for draft in drafts]


@dataclass(slots=True)
class _Draft:
    """An outcome whose rows may not have their numbers yet."""

    result: str
    reason: str = ""
    alert: Alert | None = None
    paged: bool = False

    def outcome(self) -> Outcome:
        alert = self.alert
        return Outcome(
            self.result,
            self.reason,
            alert.pk if alert else None,
            alert.incident_id if alert else None,
            self.paged,
        )


@dataclass(slots=True)
class _Batch:
    """The rows that a batch of reports is about, and what has become of them so far."""

    reports: Sequence[Report]
    alerts: dict[Pair, Alert] = field(default_factory=dict)
    services: dict[int, Service] = field(default_factory=dict)
    new: list[Alert] = field(default_factory=list)
    changed_alerts: dict[int, Alert] = field(default_factory=dict)
    changed_incidents: dict[int, Incident] = field(default_factory=dict)
    entries: list[TimelineEntry] = field(default_factory=list)

    def __post_init__(self) -> None:
        pairs = {(report.service_id, report.key) for report in self.reports}
        lock_keys(pairs)
        self.services = Service.objects.in_bulk({service for service, _ in pairs})
        found = Alert.objects.open().filter(
            service_id__in=self.services, key__in={key for _, key in pairs}
        )
        self.alerts = {(a.service_id, a.key): a for a in found if (a.service_id, a.key) in pairs}
        incidents = {
            incident.pk: incident
            for incident in Incident.objects.select_for_update(no_key=True)
            .filter(pk__in={alert.incident_id for alert in self.alerts.values()})
            .order_by("pk")
        }
        for pair, alert in list(self.alerts.items()):
            alert.incident = incidents[alert.incident_id]
            if alert.incident.is_resolved:  # Resolved between the two queries: it is closed too.
                del self.alerts[pair]

    def take(self, report: Report) -> _Draft:
        alert = self.alerts.get((report.service_id, report.key))
        if alert is None:
            if report.action == "trigger":
                return self._open(report)
            return _Draft("ignored", f"{report.action} without an open alert of this key")
        act = {
            "trigger": self._append,
            "update": self._update,
            "acknowledge": self._acknowledge,
            "resolve": self._close,
        }[report.action]
        return act(report, alert)

    def _open(self, report: Report) -> _Draft:
        service = self.services[report.service_id]
        incident = Incident(
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
        )
        alert = Alert(
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
            details=report.details,
            opened_at=report.at,
            last_at=report.at,
        )
        self.alerts[report.service_id, report.key] = alert
        self.new.append(alert)
        status = f" with status {report.source_status}" if report.source_status else ""
        text = f"{report.source or report.via} reported it{status}"
        self._note(report, incident, "opened", text)
        return _Draft("opened", alert=alert, paged=True)

    def _append(self, report: Report, alert: Alert) -> _Draft:
        if report.repeats:
            return _Draft("retry", f"The sender repeats message {report.repeats}", alert)
        self._seen(report, alert)
        alert.count += 1
        paged = self._rise(report, alert)
        return _Draft("appended", alert=alert, paged=paged)

    def _rise(self, report: Report, alert: Alert) -> bool:
        """A worse severity is taken over; past the one that was acknowledged it pages again."""
        if Severity(report.severity).rank >= Severity(alert.severity).rank:
            return False
        alert.severity = report.severity
        incident = alert.incident
        if Severity(report.severity).rank < Severity(incident.severity).rank:
            text = f"From {incident.severity} to {report.severity}"
            incident.severity, incident.urgency = report.severity, urgency_of(report.severity)
            self._note(report, incident, "severity_raised", text)
            self._change(incident)
        known = incident.acknowledged_severity
        if incident.status != Status.ACKNOWLEDGED or not known:
            return False
        if Severity(report.severity).rank >= Severity(known).rank:
            return False
        incident.status, incident.acknowledged_at, incident.assigned_at = Status.OPEN, None, None
        incident.round += 1
        text = f"{report.severity} is worse than the {known} that was acknowledged"
        self._note(report, incident, "paged_again", text)
        self._change(incident)
        return True

    def _update(self, report: Report, alert: Alert) -> _Draft:
        self._seen(report, alert)
        text = report.short_text or report.title
        self._note(report, alert.incident, "updated", text)
        paged = self._rise(report, alert)
        return _Draft("updated", alert=alert, paged=paged)

    def _acknowledge(self, report: Report, alert: Alert) -> _Draft:
        self._seen(report, alert)
        incident = alert.incident
        if not report.stops_paging:
            text = "The sender says that somebody works on it; people are told all the same"
            self._note(report, incident, "updated", text)
            return _Draft("updated", text, alert)
        if incident.status in (Status.OPEN, Status.ON_HOLD):
            incident.status, incident.acknowledged_at = Status.ACKNOWLEDGED, report.at
            incident.acknowledged_severity, incident.snoozed_until = incident.severity, None
            incident.acknowledge_by = None
            self._note(report, incident, "acknowledged", "By the sender")
            self._change(incident)
        return _Draft("acknowledged", alert=alert)

    def _close(self, report: Report, alert: Alert) -> _Draft:
        self._seen(report, alert)
        alert.closed_at = report.at
        del self.alerts[report.service_id, report.key]
        incident = alert.incident
        if not self._others_open(alert):
            incident.status, incident.resolved_at = Status.RESOLVED, report.at
            incident.resolution, incident.snoozed_until = Incident.Resolution.RESOLVED, None
            incident.acknowledge_by = incident.resolve_by = None
            status = f" with status {report.source_status}" if report.source_status else ""
            source = report.source or report.via
            self._note(report, incident, "resolved", f"{source} reported its end{status}")
            self._change(incident)
        return _Draft("closed", alert=alert)

    def _others_open(self, alert: Alert) -> bool:
        """Whether the incident has a further open alert, in the database or in this batch."""
        incident = alert.incident
        if any(a.incident is incident for a in self.alerts.values()):
            return True
        if incident.pk is None:
            return False
        closed = {a.pk for a in self.changed_alerts.values() if a.closed_at}
        return incident.alerts.open().exclude(pk__in=closed | {alert.pk}).exists()

    def _seen(self, report: Report, alert: Alert) -> None:
        alert.last_at = report.at
        alert.source_status = report.source_status or alert.source_status
        if alert.pk:
            self.changed_alerts[alert.pk] = alert

    def _change(self, incident: Incident) -> None:
        if incident.pk:
            self.changed_incidents[incident.pk] = incident

    def _note(self, report: Report, incident: Incident, verb: str, text: str) -> None:
        self.entries.append(entry(incident, verb, text, via=report.via))
        self.entries[-1].at = report.at

    def write(self) -> None:
        """One statement for each kind of row; an incident's number is known before its alert."""
        # What closes goes before what opens: a key may do both in one batch.
        for alert in self.changed_alerts.values():
            alert.save(update_fields=["last_at", "source_status", "count", "severity", "closed_at"])
        Incident.objects.bulk_create([alert.incident for alert in self.new])
        rows: list[Alert | TimelineEntry] = [*self.new, *self.entries]
        for row in rows:
            row.incident = row.incident  # Takes over the number that the incident has by now.
        Alert.objects.bulk_create(self.new)
        for incident in self.changed_incidents.values():
            incident.changed_at = timezone.now()
            incident.save()
        record(self.entries)


def lock_keys(pairs: set[Pair]) -> None:
    """Hold these keys until the transaction ends, in one order for everybody: no deadlock."""
    numbers = sorted(
        int.from_bytes(
            hashlib.blake2b(f"{service}:{key}".encode(), digest_size=8).digest(), signed=True
        )
        for service, key in pairs
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(n) FROM unnest(%s::bigint[]) AS n", [numbers])
