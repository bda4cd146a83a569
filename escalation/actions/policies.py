"""Whom the steps of a policy tell, and policies made from others."""

from collections.abc import Sequence
from itertools import count
from typing import Any

from django.db import transaction

from escalation.actions import policy_documents
from escalation.models import Policy, Step
from escalation.policies.stock_policies import StockPolicy
from escalation.policies.target_codes import target_from_code
from incidents.responders import refuse_stakeholders
from notifications.channels import all_channels

MAX_NAME = 150


@transaction.atomic
def choose_targets(step_id: int, words: Sequence[str]) -> None:
    """From the next incident on the step tells these, and nobody else (words of targets.py).

    Raises InvalidRequest for a Stakeholder.
    """
    targets = [target_from_code(word) for word in dict.fromkeys(words)]
    refuse_stakeholders("targets", [target.user for target in targets if target.user])
    step = Step.objects.select_for_update(no_key=True).get(pk=step_id)
    step.targets.all().delete()
    for target in targets:
        target.step = step
        target.save()


@transaction.atomic
def clone(policy: Policy) -> Policy:
    """A copy of a policy with its steps and their targets, under a name that is free. No service
    and no integration uses it yet."""
    steps = list(policy.steps.prefetch_related("targets"))
    copy = Policy.objects.get(pk=policy.pk)
    copy.pk, copy.name, copy._state.adding = None, _free_name(f"{policy.name} (copy)"), True
    copy.save()
    for step in steps:
        targets = list(step.targets.all())
        step.pk, step.policy, step._state.adding = None, copy, True
        step.save()
        for target in targets:
            target.pk, target.step, target._state.adding = None, step, True
            target.save()
    return copy


@transaction.atomic
def add_stock_policy(stock: StockPolicy) -> Policy:
    """A policy of one's own, made from a stock policy."""
    name = _free_name(stock.name)
    fields = {"description": stock.description, **dict(stock.columns)}
    policy = Policy.objects.create(name=name, **fields)
    policy_documents.write_steps(policy, [_with_known_channels(step) for step in stock.steps])
    return policy


def _with_known_channels(step: dict[str, Any]) -> dict[str, Any]:
    """The step without channels that this portal does not have."""
    rows = step.get("step_channels", [])
    known = [row for row in rows if row["channel"] in all_channels()]
    return {**step, "step_channels": known}


def _free_name(name: str) -> str:
    """The name, or the first of it with a number that no policy has."""
    known = set(Policy.objects.values_list("name", flat=True))
    tails = (f" {number}" for number in count(2))
    found = name[:MAX_NAME]
    while found in known:
        tail = next(tails)
        found = name[: MAX_NAME - len(tail)] + tail
    return found
