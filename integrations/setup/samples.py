"""The samples of an integration: its own, or else those of its template."""

from pathlib import Path

from integrations.catalog import Sample, all_templates
from integrations.models import Integration


def samples_of(integration: Integration) -> list[Sample]:
    """By name. Rules that were inferred from examples keep these as their samples."""
    rules = integration.rules if isinstance(integration.rules, dict) else {}
    own = rules.get("samples")
    if isinstance(own, dict) and own:
        # In the order in which they make sense: what opens stands before what closes.
        names = sorted(own, key=lambda name: (not name.startswith("open"), name))
        return [
            Sample(name=name, path=Path(), body=own[name], headers={}, query={}, expected=None)
            for name in names
        ]
    template = all_templates().get(integration.template)
    return template.samples if template else []


def sample_of(integration: Integration, name: str) -> Sample | None:
    """The one of this name, or the first whose name begins so."""
    found = samples_of(integration)
    exact = (sample for sample in found if sample.name == name)
    return next(exact, None) or next((s for s in found if s.name.startswith(name)), None)
