"""The next escalation step early, because a person or a sender asks for it."""

import uuid

from django.db import transaction
from django.utils import timezone

from escalation.actions.add_responders import add_responders
from escalation.actions.start import RunStart, start_runs
from escalation.actions.steps import execute_steps
from escalation.models import Run
from escalation.plans.plan import skip
from incidents.actions import restart, suppression, timeline
from incidents.actions.timeline import entry
from incidents.choices import TimelineVerb
from incidents.errors import IncidentClosed, InvalidRequest
from incidents.models import Incident, User


@transaction.atomic
def escalate(incident_id: int, *, by: User | None = None, via: str = "") -> Incident:
    """Take the next step now, also where the incident is suppressed, acknowledged or on hold.

    Raises IncidentClosed, or InvalidRequest where no step is left.
    """
    run = lock_run(incident_id)
    if run is None or run.incident.is_resolved:
        raise IncidentClosed(f"Incident #{incident_id} is not being escalated.")
    if run.state == Run.State.EXHAUSTED:
        raise InvalidRequest("Every step was taken already: start again, or page a person.")
    timeline.record(
        [entry(run.incident, TimelineVerb.ESCALATED, "The next step, now", by=by, via=via)]
    )
    now = timezone.now()
    if run.retry:
        run.cursor = skip(run.plan, run.cursor)
    run.state, run.next_step_at = Run.State.ESCALATING, now
    if run.incident.suppressed_reason:
        [run.incident] = suppression.unsuppress(
            [incident_id], now=now, by=by, via=via, text="Told before its time"
        )
    if not run.incident.is_open:
        run.incident = restart.unacknowledge(incident_id, by=by, via=via, text="Escalated")
        run.paging_round = run.incident.paging_round
    execute_steps([run], now=now, waits_for_hours=False)
    return run.incident


@transaction.atomic
def start_again(incident_id: int, *, by: User | None = None, via: str = "") -> Incident:
    """A new round from the first step, which is taken at once, after every step was taken.

    Raises IncidentClosed, or InvalidRequest while steps are left.
    """
    run = lock_run(incident_id)
    if run is None or run.incident.is_resolved:
        raise IncidentClosed(f"Incident #{incident_id} is not being escalated.")
    if run.state != Run.State.EXHAUSTED:
        raise InvalidRequest("There are steps left: escalate to the next one.")
    text = "From the first step"
    incident = restart.start_again(incident_id, by=by, via=via, text=text)
    again = RunStart(incident_id, run.plan, run.policy_id, run.play_id, waits=False)
    start_runs([again], now=timezone.now())
    return incident


def page_person(incident_id: int, user: User, *, by: User | None = None, via: str = "") -> Incident:
    """Page one person now, by their own rules, whoever has the incident. Raises IncidentClosed."""
    key = f"person:{uuid.uuid4()}"
    return add_responders(incident_id, users=[user.pk], page_key=key, by=by, via=via)


def lock_run(incident_id: int) -> Run | None:
    """The present run with its incident, both locked: the incident first, as everybody does."""
    locked = Incident.objects.select_for_update(no_key=True, of=("self",))
    incident = locked.select_related("service").get(pk=incident_id)
    runs = Run.objects.active().select_for_update(no_key=True)
    run = runs.filter(incident=incident_id).order_by("-paging_round").first()
    if run is not None:
        run.incident = incident
    return run
