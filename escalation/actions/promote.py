"""A person has an incident paged by another policy, or by a response play, from now on."""

from django.db import transaction
from django.utils import timezone

from escalation.actions.escalate import lock_run
from escalation.actions.start import RunStart, require_enabled, start_runs
from escalation.choices import RunCause
from escalation.models import Play, Policy
from escalation.policies.plan_builder import plan_of_play, plan_of_policy
from escalation.policies.recipients import NOBODY_ELSE, Recipients
from incidents.actions import restart, suppression, topics
from incidents.choices import TimelineVerb
from incidents.errors import IncidentClosed
from incidents.models import Incident, User


@transaction.atomic
def promote(
    incident_id: int,
    policy: Policy,
    *,
    recipients: Recipients = NOBODY_ELSE,
    by: User | None = None,
    via: str = "",
) -> Incident:
    """A new round by this policy, with further people, teams and topics; the old run finishes.

    Raises InvalidRequest where the policy is not enabled or a recipient is a Stakeholder, and
    IncidentClosed.
    """
    require_enabled(policy)
    recipients.refuse_stakeholders()
    plan = recipients.added_to(plan_of_policy(policy))
    start = RunStart(incident_id, plan, policy.pk, cause=RunCause.PROMOTED)
    told = f", and {recipients.names}" if recipients.names else ""
    text = f"To {policy}{told}"
    incident = _begin(start, TimelineVerb.PROMOTED, by=by, via=via, text=text)
    topics.publish(incident, recipients.topics, by=by, via=via)
    return incident


@transaction.atomic
def run_play(incident_id: int, play: Play, *, by: User | None = None, via: str = "") -> Incident:
    """A new round by this response play: from now on its tiers page, and no policy.

    Raises IncidentClosed.
    """
    start = RunStart(incident_id, plan_of_play(play), play_id=play.pk, cause=RunCause.PLAY)
    return _begin(start, TimelineVerb.PLAY_RUN, by=by, via=via, text=str(play))


def _begin(
    start: RunStart, verb: TimelineVerb, *, by: User | None, via: str, text: str
) -> Incident:
    now = timezone.now()
    lock_run(start.incident_id)
    incident = Incident.objects.get(pk=start.incident_id)
    if incident.is_resolved:
        raise IncidentClosed(f"Incident #{incident.pk} is already resolved.")
    if incident.suppressed_reason:
        told = "Told before its time"
        suppression.unsuppress([incident.pk], now=now, by=by, via=via, text=told)
    incident = restart.start_again(incident.pk, verb=verb, by=by, via=via, text=text)
    start_runs([start], now=now)
    return incident
