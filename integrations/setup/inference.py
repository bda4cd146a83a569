"""Rule inference: save the rules that two examples give, one firing and one resolved."""

from typing import Any

from django.db import transaction

from incidents.errors import InvalidRequest
from integrations.inbound.redaction import redact_tree, secrets_of
from integrations.inference import Choice, ValidationResult, validate
from integrations.mapping.own_samples import MAX_SAMPLES_BYTES, size_of
from integrations.models import Integration
from integrations.setup.integrations import change_rules
from opsportal.lib.text import clean_json

PRESERVED_KEYS = ("filters", "ignore_acknowledge")  # What the examples say nothing about.


class InferenceError(InvalidRequest):
    """The pair does not open and close one alert; ``problems`` are (field, what is missing)."""

    code = "not_taught"

    def __init__(self, result: ValidationResult) -> None:
        self.problems = result.problems
        super().__init__(" ".join(f"{where}: {what}" for where, what in result.problems))


@transaction.atomic
def save_inferred_rules(
    integration_id: int, firing: Any, resolved: Any, choice: Choice
) -> Integration:
    """Save the rules of this choice, and the two messages as samples of the integration.

    Raises InferenceError, and keeps the old rules, unless the first opens an alert that the second
    closes.
    """
    integration = Integration.objects.get(pk=integration_id)
    rules = clean_json(rules_of_choice(integration, choice))
    pair = [clean_json(body) for body in (firing, resolved)]
    covered = [redact_tree(body, secrets_of(integration)) for body in pair]
    # Secrets are not kept beside the rules, unless they are what tells the alerts apart.
    pair = covered if validate(rules, *covered).is_good else pair
    result = validate(rules, *pair)
    if not result.is_good:
        raise InferenceError(result)
    samples = {"open": pair[0], "close": pair[1]}
    if size_of(samples) <= MAX_SAMPLES_BYTES:
        rules["samples"] = samples
    return change_rules(integration_id, rules)


def rules_of_choice(integration: Integration, choice: Choice) -> dict[str, Any]:
    """The rules that a choice would give to this integration."""
    old = integration.rules if isinstance(integration.rules, dict) else {}
    return choice.rules(integration.name) | {
        name: old[name] for name in PRESERVED_KEYS if name in old
    }
