"""Incidents that are reported by senders, for tests."""

from django.utils import timezone

from escalation.actions import ingest
from incidents.models import Incident
from tests.factories import make_report


def report(*reports):
    return ingest.report(reports, now=timezone.now())


def opened(service, key, **fields):
    """The incident of a new alert."""
    [outcome] = report(make_report(service, key=key, **fields))
    assert outcome.result == "opened"
    return Incident.objects.get(pk=outcome.incident_id)


def fresh(*incidents):
    found = [Incident.objects.get(pk=one.pk) for one in incidents]
    return found[0] if len(found) == 1 else found
