"""People begin and end to watch an incident."""

from django.db import transaction

from incidents.actions.locking import lock_incident
from incidents.actions.timeline import entry, record
from incidents.choices import TimelineVerb
from incidents.errors import InvalidRequest
from incidents.models import Incident, IncidentWatcher, User


@transaction.atomic
def watch(incident_id: int, user: User, *, by: User | None = None, via: str = "") -> Incident:
    """The person is told of updates, and sees the incident.

    Raises InvalidRequest where they are no longer active.
    """
    if not user.is_active:
        raise InvalidRequest(f"user: {user} is no longer active.")
    incident = lock_incident(incident_id)
    _, is_new = IncidentWatcher.objects.get_or_create(incident=incident, user=user)
    if is_new and user != by:
        facts = {"user": user.pk}
        verb = TimelineVerb.WATCHER_ADDED
        record([entry(incident, verb, str(user), by=by, via=via, facts=facts)])
    return incident


def unwatch(incident_id: int, user: User, *, by: User | None = None, via: str = "") -> Incident:
    """The person is told of nothing any more. Who saw it only as a watcher sees it no more."""
    IncidentWatcher.objects.filter(incident=incident_id, user=user).delete()
    return Incident.objects.get(pk=incident_id)
