"""Which incidents of low urgency wait for the support hours of their service."""

from datetime import datetime

from escalation.plans.plan import Plan
from incidents.choices import Urgency
from incidents.models import Incident, Service
from incidents.models.service import default_urgent


def opening_to_wait_for(incident: Incident, plan: Plan, now: datetime) -> datetime | None:
    """When the paging of an incident by this plan begins; None where it does not wait."""
    if incident.is_test or incident.suppressed_reason or not incident.is_open:
        return None
    return opening_of(incident.service, incident.urgency, plan, now)


def opening_of(service: Service, urgency: str, plan: Plan, now: datetime) -> datetime | None:
    """When an incident of this urgency, which opens now, begins to page; None where at once."""
    waits = urgency == Urgency.LOW and plan.low_waits_for_hours
    return service.hours.next_opening(now) if waits else None


def usual_urgency(severity: str) -> Urgency:
    """The urgency of an incident of this severity where its service says nothing else."""
    return Urgency.HIGH if severity in default_urgent() else Urgency.LOW
