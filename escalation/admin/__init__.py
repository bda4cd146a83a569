"""The admin of policies, plays, workflows and the default policy of a service."""

from escalation.admin import (
    call_routes,
    incident_templates,
    policies,
    round_robins,
    runs,
    services,
    teams,
    usage,
    workflows,
)

__all__ = [
    "call_routes",
    "incident_templates",
    "policies",
    "round_robins",
    "runs",
    "services",
    "teams",
    "usage",
    "workflows",
]
