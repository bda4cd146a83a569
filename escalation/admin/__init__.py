"""The admin of policies, plays, workflows and the default policy of a service."""

from escalation.admin import (
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
    "incident_templates",
    "policies",
    "round_robins",
    "runs",
    "services",
    "teams",
    "usage",
    "workflows",
]
