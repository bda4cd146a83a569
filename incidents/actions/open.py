"""Incidents that a person opens by hand. Called by `escalation`, which starts the run."""

from typing import TypedDict, Unpack

from django.db import transaction
from django.utils import timezone

from incidents.actions.archiving import require_active
from incidents.actions.timeline import entry, record
from incidents.choices import Severity, TimelineVerb
from incidents.models import Incident, Service, User
from incidents.report import TEST_TTL, urgency_of


class IncidentFields(TypedDict, total=False):
    """What may be said of a new incident besides its title."""

    severity: str  # critical where it is not said
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
    """A new incident without an alert; a title is cut after 1,024 characters.

    Raises ServiceArchived.
    """
    require_active(service)
    now = timezone.now()
    fields.setdefault("severity", Severity.CRITICAL)
    incident = Incident.objects.create(
        service=service,
        title=title[:1024],
        urgency=urgency_of(fields["severity"]),
        opened_at=now,
        acknowledge_by=service.acknowledge_by(now),
        resolve_by=service.resolve_by(now),
        closes_at=now + TEST_TTL if fields.get("is_test") else None,
        **fields,
    )
    record([entry(incident, TimelineVerb.OPENED, "Opened by hand", by=by, via=via)])
    return incident
