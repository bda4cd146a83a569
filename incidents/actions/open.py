"""Incidents that a person opens by hand."""

from django.db import transaction
from django.utils import timezone

from incidents.actions.timeline import entry, record
from incidents.choices import Severity, TimelineVerb
from incidents.models import Incident, Service, User
from incidents.report import urgency_of


@transaction.atomic
def open_incident(
    service: Service,
    title: str,
    *,
    by: User | None = None,
    via: str = "",
    severity: str = Severity.CRITICAL,
    priority: str = "",
    description: str = "",
    is_test: bool = False,
) -> Incident:
    """A new incident without an alert. Whoever calls starts its run in the same transaction."""
    now = timezone.now()
    incident = Incident.objects.create(
        service=service,
        title=title[:1024],
        description=description,
        severity=severity,
        urgency=urgency_of(severity),
        priority=priority,
        is_test=is_test,
        opened_at=now,
        acknowledge_by=service.acknowledge_by(now),
        resolve_by=service.resolve_by(now),
    )
    record([entry(incident, TimelineVerb.OPENED, "Opened by hand", by=by, via=via)])
    return incident
