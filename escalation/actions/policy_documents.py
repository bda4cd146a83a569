"""Policies and plays written as whole documents, and the policy of a service."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from escalation.models import Play, Policy, ServicePolicy, Step, Target, Tier
from incidents.models import Service
from incidents.responders import refuse_stakeholders


@transaction.atomic
def write_steps(policy: Policy, steps: Sequence[dict[str, Any]]) -> None:
    """These are the steps from the next incident on. Runs that have begun keep their plan.

    Raises InvalidRequest where a step names a Stakeholder.
    """
    named = [target.get("user") for fields in steps for target in fields["targets"]]
    refuse_stakeholders("steps", [person for person in named if person])
    policy.steps.all().delete()
    for position, fields in enumerate(steps):
        columns = {name: value for name, value in fields.items() if name != "targets"}
        step = Step.objects.create(policy=policy, position=position, **columns)
        Target.objects.bulk_create(Target(step=step, **t) for t in fields["targets"])


@transaction.atomic
def write_tiers(play: Play, tiers: Sequence[dict[str, Any]]) -> None:
    """These are the tiers from the next incident on.

    Raises InvalidRequest where a tier names a Stakeholder.
    """
    refuse_stakeholders("tiers", [user for fields in tiers for user in fields.get("users", ())])
    play.tiers.all().delete()
    for position, fields in enumerate(tiers):
        tier = Tier.objects.create(
            play=play, position=position, wait_seconds=fields.get("wait_seconds", 0)
        )
        tier.users.set(fields.get("users", ()))
        tier.teams.set(fields.get("teams", ()))


@transaction.atomic
def set_default_policy(service: Service, policy: Policy | None) -> None:
    """The policy of a service, used where its integration names none.

    With None the catch-all is told at once.
    """
    if policy is None:
        ServicePolicy.objects.filter(service=service).delete()
    else:
        ServicePolicy.objects.update_or_create(service=service, defaults={"policy": policy})
