"""Policies and plays written as whole documents, and the policy of a service."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from escalation.models import Play, Policy, ServicePolicy, Step, Target, Tier
from incidents.models import Service
from incidents.responders import refuse_stakeholders

DEFAULT_WAIT_S = 300  # before each step or tier but the first, which is taken at once


@transaction.atomic
def write_steps(policy: Policy, steps: Sequence[dict[str, Any]]) -> None:
    """These are the steps from the next incident on. Runs that have begun keep their plan. Where
    no wait is named, all but the first wait five minutes.

    Raises InvalidRequest where a step names a Stakeholder.
    """
    named = [target.get("user") for fields in steps for target in fields["targets"]]
    refuse_stakeholders("steps", [person for person in named if person])
    policy.steps.all().delete()
    for position, fields in enumerate(steps):
        columns = {name: value for name, value in fields.items() if name != "targets"}
        columns.setdefault("wait_seconds", _default_wait_s(position))
        step = Step.objects.create(policy=policy, position=position, **columns)
        for target in fields["targets"]:
            Target.objects.create(step=step, **target)


@transaction.atomic
def write_tiers(play: Play, tiers: Sequence[dict[str, Any]]) -> None:
    """These are the tiers from the next incident on.

    Raises InvalidRequest where a tier names a Stakeholder.
    """
    refuse_stakeholders("tiers", [user for fields in tiers for user in fields.get("users", ())])
    play.tiers.all().delete()
    for position, fields in enumerate(tiers):
        wait_s = fields.get("wait_seconds", _default_wait_s(position))
        tier = Tier.objects.create(play=play, position=position, wait_seconds=wait_s)
        tier.users.set(fields.get("users", ()))
        tier.teams.set(fields.get("teams", ()))


def _default_wait_s(position: int) -> int:
    return DEFAULT_WAIT_S if position else 0


def set_default_policy(service: Service, policy: Policy | None) -> None:
    """The policy of a service, used where its integration names none.

    With None the catch-all is told at once.
    """
    if policy is None:
        ServicePolicy.objects.filter(service=service).delete()
    else:
        ServicePolicy.objects.update_or_create(service=service, defaults={"policy": policy})
