"""Incidents that a person opens by hand."""

from typing import TypedDict, Unpack

from django.db import transaction
from django.utils import timezone

from incidents.actions.timeline import entry, record
from incidents.models import Incident, Service, User
from incidents.report import urgency_of


class IncidentFields(TypedDict, total=False):
    """What may be said of an incident besides its service and its title."""

    severity: str
    priority: str
    description: str
    is_test: bool


@transaction.atomic
def open_incident(
    service: Service,
    title: str,
    *,
    by: User | None = None,
    via: str = "",
    **fields: Unpack[IncidentFields],
) -> Incident:
    """A new incident without an alert. Whoever calls starts its run in the same transaction.

    It is critical where no severity is named.
    """
    now = timezone.now()
    severity = fields.pop("severity", "critical")
    incident = Incident.objects.create(
        service=service,
        title=title[:1024],
        severity=severity,
        urgency=urgency_of(severity),
        opened_at=now,
        acknowledge_by=service.acknowledge_by(now),
        resolve_by=service.resolve_by(now),
        **fields,
    )
    record([entry(incident, "opened", "Opened by hand", by=by, via=via)])
    return incident
