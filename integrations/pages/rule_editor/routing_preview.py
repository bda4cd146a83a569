"""The override and the dynamic groups that the sample message would get."""

from datetime import datetime
from typing import Any

from escalation.models import Play, Policy
from incidents.models import Team
from integrations.pages.rule_editor.error_places import without
from integrations.pages.rule_editor.preview import Preview
from integrations.pages.rule_editor.save import problems_of
from integrations.routing import routing

NO_MESSAGE = "Choose a message to see its policy and groups."


def preview_routing(raw: dict[str, Any], result: Preview, now: datetime) -> dict[str, str]:
    """A sentence for the overrides, and one for the groups."""
    if result.event is None or result.scope is None:
        return {"overrides": NO_MESSAGE, "groups": NO_MESSAGE}
    problems = problems_of(routing.compile, raw)
    compiled = routing.compile(without(raw, problems) if problems else raw)
    override = compiled.override(result.event, result.scope, now)
    teams = compiled.teams(result.event, result.scope)
    return {"overrides": _override(compiled, override), "groups": _groups(teams)}


def _override(compiled: routing.Routing, override: routing.Override | None) -> str:
    if override is None:
        return "If it arrived now, the shown message would use the Basic Settings."
    place = compiled.overrides.index(override) + 1
    model, number = (Policy, override.policy_id) if override.policy_id else (Play, override.play_id)
    row = model.objects.filter(pk=number or 0).first()
    if row is None:
        return f"Row {place} matches, but its policy or play is deleted: the Basic Settings apply."
    return f"If it arrived now, the shown message would use {row} (row {place})."


def _groups(teams: list[int]) -> str:
    names = sorted(Team.objects.filter(pk__in=teams).values_list("name", flat=True))
    if not names:
        return "The shown message adds no group."
    return f"The shown message adds: {', '.join(names)}."
