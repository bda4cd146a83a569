"""An incident is given to a team, which hears of it."""

import uuid

from django.db import transaction

from escalation.actions.add_responders import add_responders
from incidents.actions import edit
from incidents.models import Incident, Team, User


@transaction.atomic
def assign_team(
    incident_id: int, team: Team | None, *, by: User | None = None, via: str = ""
) -> Incident:
    """Give the incident to a team, whose primary role is paged once; None takes it from its team.

    It takes nothing: who acknowledges it has it, and until then its policy goes on.
    Raises IncidentClosed.
    """
    if edit.give_to_team(incident_id, team, by=by, via=via) and team is not None:
        key = f"team:{uuid.uuid4()}"
        add_responders(incident_id, teams=[team.pk], page_key=key, by=by, via=via)
    return Incident.objects.get(pk=incident_id)
