"""Who is told and when: policies, response plays, and the runs of incidents through them."""

from escalation.models.plays import Play, Tier
from escalation.models.policies import Policy, ServicePolicy, Step, Target
from escalation.models.processes import ProcessHeartbeat
from escalation.models.runs import Run
from escalation.models.schedules import (
    Absence,
    Holiday,
    Override,
    Schedule,
    ScheduleMember,
    ScheduleVersion,
)

__all__ = [
    "Absence",
    "Holiday",
    "Override",
    "Play",
    "Policy",
    "ProcessHeartbeat",
    "Run",
    "Schedule",
    "ScheduleMember",
    "ScheduleVersion",
    "ServicePolicy",
    "Step",
    "Target",
    "Tier",
]
