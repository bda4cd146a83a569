"""The rows that a batch of reports is about: locked and read once, and written once."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain

from django.db.models import Count, Q
from django.utils import timezone

from incidents.actions import alert_changes
from incidents.actions.episodes import Ends
from incidents.actions.timeline import entry, record
from incidents.actions.topics import lines_of_topics
from incidents.choices import ReportAction, TimelineVerb
from incidents.models import Alert, CustomField, Incident, Merge, Service, TimelineEntry
from incidents.report import Outcome, Report
from incidents.transitions import CHANGED_FIELDS
from opsportal.lib.advisory_locks import Pair, lock_keys
from opsportal.lib.bulk_write import insert_all, write_all

ENDS = {ReportAction.RESOLVE, ReportAction.EXPIRE}
# The columns that a report may change.
ALERT_FIELDS = (
    "last_seen_at",
    "source_status",
    "count",
    "severity",
    "closed_at",
    "expires_at",
    "waits_since",
    "expiry_restarts",
    "recent_occurrences",
)
TEXT_FIELDS = ("title", "first_title", "short_text", "long_text", "url", "attributes")
INCIDENT_TEXT_FIELDS = ("title", "description", "url")
INCIDENT_FIELDS = (*CHANGED_FIELDS, "conference_bridge", "changed_at")


@dataclass(slots=True)
class Rows:
    """What is known of these reports' alerts and incidents, and what has become of them so far."""

    reports: Sequence[Report]
    alerts: dict[Pair, Alert] = field(default_factory=dict)
    groups: dict[Pair, list[Incident]] = field(default_factory=lambda: defaultdict(list))
    services: dict[int, Service] = field(default_factory=dict)
    recent_occurrences: dict[Pair, list[str]] = field(
        default_factory=dict
    )  # of alerts that are closed
    open_alerts: Counter[int] = field(default_factory=Counter)  # by the id() of their incident
    new: list[Alert] = field(default_factory=list)
    new_incidents: dict[int, Incident] = field(default_factory=dict)  # by their id()
    changed_alerts: dict[int, Alert] = field(default_factory=dict)
    changed_incidents: dict[int, Incident] = field(default_factory=dict)
    retold: dict[int, Alert] = field(default_factory=dict)  # whose texts have changed
    entries: list[TimelineEntry] = field(default_factory=list)
    published: list[tuple[Report, Incident]] = field(default_factory=list)  # to a topic
    ends: Ends = field(default_factory=Ends)
    custom_fields: list[CustomField] = field(default_factory=list)  # where a report names some

    def __post_init__(self) -> None:
        pairs = {(report.service_id, report.key) for report in self.reports}
        groups = {(r.service_id, r.group.key) for r in self.reports if r.group}
        lock_keys(pairs | {(service, f"group:{key}") for service, key in groups})
        self.ends = Ends.of(self.reports)
        if any(report.attributes.get("custom_fields") for report in self.reports):
            self.custom_fields = list(CustomField.objects.all())
        self.services = Service.objects.in_bulk({service for service, _ in pairs})
        found = Alert.objects.open().filter(
            service_id__in=self.services, key__in={key for _, key in pairs}
        )
        self.alerts = {(a.service_id, a.key): a for a in found if (a.service_id, a.key) in pairs}
        incidents = self._lock_incidents(groups)
        for pair, alert in list(self.alerts.items()):
            alert.incident = incidents[alert.incident_id]
            if alert.incident.is_resolved:  # Resolved between the two queries: it is closed too.
                del self.alerts[pair]
        self._count_open_alerts(incidents)
        self._read_arrivals(pairs)

    def _lock_incidents(self, groups: set[Pair]) -> dict[int, Incident]:
        """The incidents of the alerts and of the groups, in one order for everybody."""
        wanted = Q(pk__in={alert.incident_id for alert in self.alerts.values()})
        if groups:
            wanted |= Q(service__in=self.services, group_key__in={key for _, key in groups}) & ~Q(
                status=Incident.Status.RESOLVED
            )
        merged = Merge.objects.destinations(groups, timezone.now()) if groups else {}
        wanted |= Q(pk__in={pk for found in merged.values() for pk in found})
        locked = Incident.objects.select_for_update(no_key=True).filter(wanted).order_by("pk")
        incidents = {incident.pk: incident for incident in locked}
        # Some were given to another service than that of their alerts.
        others = {one.service_id for one in incidents.values()} - self.services.keys()
        self.services |= Service.objects.in_bulk(others) if others else {}
        for incident in incidents.values():
            incident.service = self.services[incident.service_id]
            if incident.group_key:
                self.groups[incident.service_id, incident.group_key].append(incident)
        for pair, found in merged.items():
            self.groups[pair] += [incidents[pk] for pk in found if pk in incidents]
        return incidents

    def _count_open_alerts(self, incidents: dict[int, Incident]) -> None:
        """How many alerts are open in each incident, where some are about to close."""
        if not any(report.action in ENDS for report in self.reports):
            return
        rows = Alert.objects.open().filter(incident__in=incidents).order_by().values("incident")
        for row in rows.annotate(n=Count("pk")):
            self.open_alerts[id(incidents[row["incident"]])] = row["n"]

    def _read_arrivals(self, pairs: set[Pair]) -> None:
        """When the alerts came that were closed last: so many within a time is counted over it."""
        timed = {
            (r.service_id, r.key) for r in self.reports if r.suppression and r.suppression.within
        } - self.alerts.keys()
        if timed:
            closed = Alert.objects.filter(
                service__in={service for service, _ in timed},
                key__in={key for _, key in timed},
                closed_at__isnull=False,
            ).order_by("service_id", "key", "-pk")
            for alert in closed.distinct("service_id", "key"):
                self.recent_occurrences[alert.service_id, alert.key] = alert.recent_occurrences

    def add(self, report: Report, alert: Alert) -> None:
        """A new alert, in a new incident or in one that is here already."""
        incident = alert.incident
        if report.topic_id:
            self.published.append((report, incident))
        self.alerts[report.service_id, report.key] = alert
        self.new.append(alert)
        self.open_alerts[id(incident)] += 1
        if incident.pk is None and id(incident) not in self.new_incidents:
            self.new_incidents[id(incident)] = incident
            if report.group:
                self.groups[report.service_id, report.group.key].append(incident)

    def close(self, report: Report, alert: Alert) -> bool:
        """The alert is over; True where no other alert of its incident is open."""
        alert.closed_at = report.at
        pair = (report.service_id, report.key)
        self.recent_occurrences[pair] = alert.recent_occurrences
        del self.alerts[pair]
        self.open_alerts[id(alert.incident)] -= 1
        return self.open_alerts[id(alert.incident)] <= 0

    def mark_alert(self, alert: Alert) -> None:
        if alert.pk:
            self.changed_alerts[alert.pk] = alert

    def mark_retold(self, alert: Alert) -> None:
        """Its texts have changed, and those of its incident with them."""
        if alert.pk:
            self.retold[alert.pk] = alert
            self.mark_incident(alert.incident)

    def mark_incident(self, incident: Incident) -> None:
        if incident.pk:
            self.changed_incidents[incident.pk] = incident

    def add_entry(
        self,
        report: Report,
        incident: Incident,
        verb: TimelineVerb,
        text: str,
        *,
        silent: bool = False,
    ) -> None:
        """A line of the timeline; a silent one is announced to nobody."""
        line = entry(incident, verb, text, via=report.via)
        line.at, line.by_id = report.at, report.by_id
        line.is_announced = line.is_announced or silent
        self.entries.append(line)

    def write(self) -> None:
        """One statement for each kind of row; an incident's number is known before its alert."""
        # What closes goes before what opens: a key may do both in one batch.
        write_all(self.changed_alerts.values(), ALERT_FIELDS)
        write_all(self.retold.values(), TEXT_FIELDS)
        insert_all(self.new_incidents.values())
        if self.published:
            self.entries += lines_of_topics(self.published)
        rows: list[Alert | TimelineEntry] = [*self.new, *self.entries]
        for row in rows:
            row.incident = row.incident  # Takes over the number that the incident has by now.
        insert_all(self.new)
        for incident in self.changed_incidents.values():
            incident.changed_at = timezone.now()
        write_all(self.changed_incidents.values(), INCIDENT_FIELDS)
        retold = {one.incident_id: one.incident for one in self.retold.values()}
        write_all(retold.values(), INCIDENT_TEXT_FIELDS)
        record(self.entries)
        seen = chain(self.changed_alerts.values(), self.new)
        alert_changes.tell(opened=self.new, closed=(one for one in seen if one.closed_at))
        self.ends.write()


@dataclass(slots=True)
class Draft:
    """An outcome whose rows may not have their numbers yet."""

    result: str
    reason: str = ""
    alert: Alert | None = None
    starts_run: bool = False
    resumes_run: bool = False
    restarts_exhausted: bool = False
    joined: bool = False

    def outcome(self) -> Outcome:
        alert = self.alert
        incident_id = alert.incident_id if alert else None
        joined = f"joined incident #{incident_id}" if self.joined else ""
        return Outcome(
            self.result,
            "; ".join(filter(None, [joined, self.reason])),
            alert.pk if alert else None,
            incident_id,
            self.starts_run,
            self.resumes_run,
            self.restarts_exhausted,
        )
