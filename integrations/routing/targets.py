"""The policies, plays and teams that a routing names, and whether they are still there."""

from typing import Any

from escalation.models import Play, Policy
from incidents.models import Team
from integrations.errors import RulesError
from integrations.mapping.values import Problems
from integrations.routing import routing
from integrations.routing.routing import Routing


def check(raw: dict[str, Any]) -> Routing:
    """The routing, compiled; RulesError also for what it names and what is not there."""
    compiled = routing.compile(raw)
    if problems := missing(compiled):
        raise RulesError(problems)
    return compiled


def missing(compiled: Routing) -> Problems:
    """What it names and what is gone, by its place; alerts then page by the basic settings."""
    policies = {row.policy_id for row in compiled.overrides} - {None}
    plays = {row.play_id for row in compiled.overrides} - {None}
    teams = {row.team_id for row in compiled.dynamic_groups}
    policies -= set(Policy.objects.in_bulk(policies)) if policies else set()
    plays -= set(Play.objects.in_bulk(plays)) if plays else set()
    teams -= set(Team.objects.in_bulk(teams)) if teams else set()
    problems: Problems = []
    for i, row in enumerate(compiled.overrides):
        if row.policy_id in policies:
            problems.append((f"overrides[{i}].policy", f"there is no policy {row.policy_id}"))
        if row.play_id in plays:
            problems.append((f"overrides[{i}].play", f"there is no response play {row.play_id}"))
    for i, group in enumerate(compiled.dynamic_groups):
        if group.team_id in teams:
            problems.append((f"dynamic_groups[{i}].team", f"there is no team {group.team_id}"))
    return problems
