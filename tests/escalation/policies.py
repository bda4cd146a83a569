"""Policies with what makes their steps differ, and whom an incident told."""

from escalation.models import Target
from tests.factories import make_policy, make_user
from tests.timers import advance_due


def policy_of(ring, *further, **fields):
    policy = make_policy([], *further, **fields)
    Target.objects.create(step=policy.steps.first(), kind="round_robin", round_robin=ring)
    return policy


def told(incident):
    rows = incident.notifications.filter(channel="email").order_by("pk")
    return [str(row.user) for row in rows]


def pass_time(incident):
    """The next step of its run is due, and taken."""
    run = incident.runs.get(finished_at=None)
    advance_due(run.next_step_at)


def people():
    return make_user("Ana"), make_user("Bo"), make_user("Cy")


def condition(field, operator, value):
    return [{"field": field, "operator": operator, "value": value}]
