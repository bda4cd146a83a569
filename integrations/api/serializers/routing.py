"""The routing of an integration, as the API takes it: with ids, or with names."""

from typing import Any

from rest_framework import serializers

from escalation.models import Play, Policy
from incidents.models import Team
from incidents.references import JsonObject, Reference

# What its rows name: list, key, model.
REFERENCES = (
    ("overrides", "policy", Policy),
    ("overrides", "play", Play),
    ("dynamic_groups", "team", Team),
)


class RoutingField(JsonObject):
    """A JSON object whose policies, plays and teams may be named; kept and answered as ids."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        routing = dict(super().to_internal_value(data))
        for key, name, model in REFERENCES:
            rows = routing.get(key)
            if isinstance(rows, list):
                places = enumerate(rows)
                routing[key] = [self._row(f"{key}[{i}]", row, name, model) for i, row in places]
        return routing

    def _row(self, place: str, row: Any, name: str, model: Any) -> Any:
        text = row.get(name) if isinstance(row, dict) else None
        if not isinstance(text, str) or not text.strip():
            return row
        field = Reference(model)
        field.bind(name, self)  # type: ignore[arg-type] # its stub knows serializers alone
        try:
            return {**row, name: field.run_validation(text).pk}
        except serializers.ValidationError as error:
            if text.strip().isdecimal():
                return row  # An id of which the rules of routing say that it is gone.
            told = [f"{place}.{name}: {sentence}" for sentence in error.detail]
            raise serializers.ValidationError(told) from error
