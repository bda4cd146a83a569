"""Who is told and when: policies, response plays, and the runs of incidents through them."""

from escalation.models.absences import Absence
from escalation.models.calendars import AbsenceCalendar, LayerCalendar
from escalation.models.call_routes import CallRoute, IncomingCall
from escalation.models.coverage import CoverageDefect, CoverageReview, ZoneDataChange
from escalation.models.covers import CoverInvitation, CoverRequest
from escalation.models.drafts import IncidentDraft
from escalation.models.drills import Drill, DrillPage
from escalation.models.feeds import Feed, PublishedShift, ScheduleChange
from escalation.models.hand_overs import HandOver, HandOverConfirmation
from escalation.models.holidays import Holiday, HolidayCalendar
from escalation.models.incident_templates import IncidentTemplate
from escalation.models.plays import Play, Tier
from escalation.models.policies import Policy, ServicePolicy, Step, Target
from escalation.models.processes import ProcessHeartbeat
from escalation.models.reminders import OnCallSettings, PlannedReminder, Reminder
from escalation.models.round_robins import RoundRobin, RoundRobinEntry
from escalation.models.runs import Run
from escalation.models.schedules import (
    Override,
    Schedule,
    ScheduleMember,
    ScheduleVersion,
)
from escalation.models.slack_groups import SlackUserGroup
from escalation.models.workflows import Condition, Workflow, WorkflowAction, WorkflowRun

__all__ = [
    "Absence",
    "AbsenceCalendar",
    "CallRoute",
    "Condition",
    "CoverInvitation",
    "CoverRequest",
    "CoverageDefect",
    "CoverageReview",
    "Drill",
    "DrillPage",
    "Feed",
    "HandOver",
    "HandOverConfirmation",
    "Holiday",
    "HolidayCalendar",
    "IncidentDraft",
    "IncidentTemplate",
    "IncomingCall",
    "LayerCalendar",
    "OnCallSettings",
    "Override",
    "PlannedReminder",
    "Play",
    "Policy",
    "ProcessHeartbeat",
    "PublishedShift",
    "Reminder",
    "RoundRobin",
    "RoundRobinEntry",
    "Run",
    "Schedule",
    "ScheduleChange",
    "ScheduleMember",
    "ScheduleVersion",
    "ServicePolicy",
    "SlackUserGroup",
    "Step",
    "Target",
    "Tier",
    "Workflow",
    "WorkflowAction",
    "WorkflowRun",
    "ZoneDataChange",
]
