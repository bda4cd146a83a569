"""One incident, locked, changed and saved."""

from django.utils import timezone

from incidents.models import Incident
from incidents.transitions import CHANGED_FIELDS


def lock_incident(incident_id: int) -> Incident:
    """The row with its service and assignee, locked until the transaction ends.

    Rows that point at it may still be added.
    """
    locked = Incident.objects.select_for_update(no_key=True, of=("self",))
    return locked.select_related("service", "assignee").get(pk=incident_id)


def save_transition(incident: Incident) -> None:
    """Save what a transition may have changed, and that it has changed now."""
    incident.changed_at = timezone.now()
    incident.save(update_fields=[*CHANGED_FIELDS, "changed_at"])
