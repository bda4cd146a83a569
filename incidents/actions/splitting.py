"""Some alerts of an incident begin one of their own. Called by `escalation` for its run."""

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from incidents import sla_clock, transitions
from incidents.actions.alert_locks import lock_with_alerts, retry_when_alerts_join
from incidents.actions.archiving import require_active
from incidents.actions.locking import save_transition
from incidents.actions.timeline import entry, record
from incidents.choices import TimelineVerb
from incidents.errors import IncidentClosed, InvalidRequest
from incidents.models import Alert, Incident, IncidentWatcher, Severity, User
from incidents.sla_targets import Row


@retry_when_alerts_join
@transaction.atomic
def split(
    incident_id: int,
    alert_ids: Sequence[int],
    *,
    title: str = "",
    pages: bool = True,
    by: User | None = None,
    via: str = "",
) -> Incident:
    """A new incident of the same service with these alerts; what is reported of them goes there.

    With ``pages`` false nobody is paged: whoever splits has it. Raises IncidentClosed,
    ServiceArchived, and InvalidRequest for alerts that are none of its own, or all of them.
    """
    incident = lock_with_alerts([incident_id])[incident_id]
    if incident.is_resolved:
        raise IncidentClosed(f"Incident #{incident.pk} is already resolved.")
    if not pages and by is None:
        raise InvalidRequest("pages: nobody would have the new incident.")
    require_active(incident.service)
    alerts = _chosen(incident, alert_ids)
    # The run brings the targets of its policy; without one they are taken over.
    new = _new(incident, alerts, title, None if pages else incident.sla_rows)
    now = new.opened_at
    if not pages:
        transitions.acknowledge(new, now, by)
    new.save()
    if new.is_private:
        _copy_watchers(incident, new)
    Alert.objects.filter(pk__in=[alert.pk for alert in alerts]).update(incident=new)
    save_transition(incident)
    _record(incident, new, alerts, by, via)
    return new


def _copy_watchers(incident: Incident, new: Incident) -> None:
    users = incident.watchers.values_list("user_id", flat=True)
    IncidentWatcher.objects.bulk_create(
        IncidentWatcher(incident=new, user_id=user) for user in users
    )


def _chosen(incident: Incident, alert_ids: Sequence[int]) -> list[Alert]:
    rows = incident.alerts.all()
    alerts = list(rows.filter(pk__in=alert_ids).order_by("pk"))
    missing = sorted(set(alert_ids) - {alert.pk for alert in alerts})
    if missing or not alerts:
        named = f"{missing[0]} is no alert of #{incident.pk}" if missing else "choose at least one"
        raise InvalidRequest(f"alerts: {named}.")
    if not any(alert.closed_at is None for alert in alerts):
        raise InvalidRequest("alerts: choose at least one that is open.")
    if not rows.exclude(pk__in=alert_ids).exists():
        raise InvalidRequest(f"alerts: leave at least one to #{incident.pk}.")
    return alerts


def _new(
    incident: Incident, alerts: Sequence[Alert], title: str, rows: Sequence[Row] | None
) -> Incident:
    """The new incident, unsaved; ``rows`` are its SLA targets, None for those of its service."""
    first, now = alerts[0], timezone.now()
    severity = min((alert.severity for alert in alerts), key=lambda one: Severity(one).rank)
    new = Incident(
        service=incident.service,
        title=(title.strip() or first.title)[:1024],
        description=first.long_text,
        url=first.url,
        severity=severity,
        urgency=incident.urgency,
        is_urgency_fixed=incident.is_urgency_fixed,
        priority=incident.priority,
        source=first.source,
        is_test=incident.is_test,
        test_recipient_id=incident.test_recipient_id,
        opened_at=now,
        team=incident.team,
        is_private=incident.is_private,
        tags=incident.tags,
        custom_fields=incident.custom_fields,
        suppressed_reason=incident.suppressed_reason,
        suppressed_until=incident.suppressed_until if incident.suppressed_reason else None,
        conference_bridge=incident.conference_bridge,
    )
    transitions.start_closing(new, now)
    if not incident.is_urgency_fixed:
        transitions.start_urgency(new, now)
    sla_clock.begin(new, now, rows)
    if new.suppressed_reason:
        sla_clock.halt(new, now)
    return new


def _record(
    incident: Incident, new: Incident, alerts: Sequence[Alert], by: User | None, via: str
) -> None:
    ids = [alert.pk for alert in alerts]
    facts = {"source": incident.pk, "target": new.pk, "alerts": ids}
    count = f"{len(ids)} alert{'s' * (len(ids) != 1)}"
    opened = entry(
        new, TimelineVerb.OPENED, f"Split from #{incident.pk}", by=by, via=via, facts=facts
    )
    opened.is_announced = bool(new.suppressed_reason)
    gone = entry(
        incident, TimelineVerb.SPLIT, f"{count} into #{new.pk}", by=by, via=via, facts=facts
    )
    record([opened, gone])
