"""Who the steps of a policy tell."""

from collections.abc import Sequence

from django.db import transaction

from escalation.models import Step
from escalation.target_codes import target_from_code
from incidents.responders import refuse_stakeholders


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
