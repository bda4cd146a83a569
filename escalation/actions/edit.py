"""What an incident is, said anew; what becomes urgent by that waits no more for support hours."""

from typing import Unpack

from django.db import transaction
from django.utils import timezone

from escalation.actions.suppression import resume_notifications
from incidents.actions import edit as incident_edit
from incidents.actions.edit import IncidentChanges
from incidents.choices import Urgency
from incidents.models import Incident, User

AT_ONCE = "It is of high urgency now: people are told"


@transaction.atomic
def edit(
    incident_id: int,
    *,
    expected: IncidentChanges | None = None,
    by: User | None = None,
    via: str = "",
    **changes: Unpack[IncidentChanges],
) -> Incident:
    """Take over these values, and tell people at once where it has become urgent.

    ``expected`` are the values that the change was made of. Raises what `incidents.actions.edit`
    raises.
    """
    incident = incident_edit.edit(incident_id, expected=expected, by=by, via=via, **changes)
    if incident.waits_for_hours and incident.urgency == Urgency.HIGH:
        resume_notifications([incident_id], now=timezone.now(), by=by, via=via, text=AT_ONCE)
        incident.refresh_from_db()
    return incident
