"""Low urgency that becomes high at a time. Called by `escalation`, which moves the runs."""

from datetime import datetime

from django.db import transaction

from incidents.actions.locking import lock_incident, save_transition
from incidents.actions.suppression import raise_urgency
from incidents.actions.timeline import record
from incidents.models import Incident


@transaction.atomic
def raise_due(incident_id: int, now: datetime) -> Incident | None:
    """Make it urgent where its support hours have begun; None where it is not, or not any more.

    What a person chose, and what is not open, stays as it is.
    """
    incident = lock_incident(incident_id)
    due_at = incident.raise_urgency_at
    if due_at is None or due_at > now:
        return None
    incident.raise_urgency_at = None
    rises = incident.is_open and not incident.is_urgency_fixed
    if rises:
        record([raise_urgency(incident)])
    save_transition(incident)
    return incident if rises else None
