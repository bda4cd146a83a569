"""Why somebody was (not) paged, for tests."""

from django.utils import timezone

from escalation.actions.start import open_incident
from escalation.models import Target
from escalation.on_call.lookup import on_call_at
from escalation.on_call.schedule_explanations import spell
from escalation.why.paged import why_paged
from incidents.models import Incident
from tests.factories import make_policy, make_service, make_user


def ask(incident, person):
    """→ (the answer, all reasons as one text), as the person reads it."""
    found = why_paged(Incident.objects.get(pk=incident.pk), person, person)
    return found.text, " ".join(one.text for one in found.reasons)


def incident_of(name="Standard", **target):
    """One whose policy tells a target."""
    policy = make_policy([], name=name)
    Target.objects.create(step=policy.steps.get(), **target)
    return open_incident(make_service(policy), "Down")


def at(incident):
    """When its first step was taken, as the answers write it."""
    line = incident.timeline.filter(verb__in=["paged", "no_recipient"]).first()
    return spell(line.at, make_user().zone)


def split(schedule, people):
    """→ (who is on call now, the others)."""
    (present,) = on_call_at(schedule, timezone.now())[0].people
    return present, [person for person in people if person != present]


def told(incident, people):
    """Whom its first step paged, and nobody else."""
    (number,) = incident.timeline.get(verb="paged").facts["users"]
    return next(person for person in people if person.pk == number)
