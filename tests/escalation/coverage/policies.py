"""A policy that tells a schedule, and what the review of it finds."""

from escalation.choices import TargetKind
from escalation.models import CoverageDefect, Target
from notifications.models import Notification
from tests.factories import make_override, make_policy, make_service


def policy_of(schedule, **fields):
    """A policy that a service uses and whose one step tells the schedule."""
    policy = make_policy([], **fields)
    Target.objects.create(step=policy.steps.get(), kind=TargetKind.SCHEDULE, schedule=schedule)
    make_service(policy)
    return policy


def leave_empty(schedule, by):
    """Nobody is on call for some hours tomorrow."""
    override = make_override(schedule, by, hours=(24, 26))
    override.kind, override.people, override.reason = "nobody", [], "training"
    override.save()
    return override


def kinds():
    return set(CoverageDefect.objects.present().values_list("kind", flat=True))


def notices():
    return Notification.objects.filter(event="notice", channel="email").order_by("pk")
