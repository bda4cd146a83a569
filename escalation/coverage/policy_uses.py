"""Which policies are in use: some are named where only those who wrote it know of it."""

from collections.abc import Callable, Iterable
from typing import Any

from django.db.models import Exists, ManyToOneRel, OuterRef, Q

from escalation.models import CoverageDefect, Drill, Policy, Run, Step, Workflow
from escalation.models.policies import PolicyQuerySet

# They point at a policy, and no incident is paged by it for that.
NO_USE = (Step, Run, CoverageDefect, Drill, Workflow)
Teller = Callable[[], Iterable[int]]  # → ids of policies
_TELLERS: list[Teller] = []


def tell(teller: Teller) -> Teller:
    """Register a function that knows of policies in use."""
    _TELLERS.append(teller)
    return teller


def policies_in_use() -> PolicyQuerySet:
    """Those that a service, an integration or a rule of one, a template of incidents or an action
    of a workflow names."""
    named = Q(pk__in={pk for teller in _TELLERS for pk in teller()})
    for relation in Policy._meta.get_fields(include_hidden=True):
        if isinstance(relation, ManyToOneRel) and _is_use(relation.related_model):
            rows = relation.related_model._default_manager.filter(
                **{relation.field.name: OuterRef("pk")}
            )
            named |= Q(Exists(rows))
    return Policy.objects.filter(named).order_by("pk")


def _is_use(model: Any) -> bool:
    return model not in NO_USE and not model._meta.auto_created
