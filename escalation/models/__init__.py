"""Who is told and when: policies, response plays, and the runs of incidents through them."""

from escalation.models.plays import Play, Tier
from escalation.models.policies import Policy, ServicePolicy, Step, Target
from escalation.models.processes import ProcessHeartbeat
from escalation.models.runs import Run

__all__ = [
    "Play",
    "Policy",
    "ProcessHeartbeat",
    "Run",
    "ServicePolicy",
    "Step",
    "Target",
    "Tier",
]
