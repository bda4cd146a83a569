"""Whom an action of a workflow means, as the incident and the teams stand now."""

from datetime import datetime

from escalation.models import WorkflowAction
from escalation.plans.plan import Plan, PlanStep
from escalation.policies.directory import Directory, shared_channels
from escalation.policies.plan_builder import plan_target
from escalation.policies.target_codes import target_from_code
from incidents.choices import TimelineVerb
from incidents.models import Incident, Membership
from notifications.models import Notification
from notifications.page import PAGES


def found(action: WorkflowAction, incident: Incident, now: datetime) -> tuple[list[int], list[int]]:
    """→ (ids of people, ids of shared channels), each once."""
    run = incident.runs.first()
    targets = tuple(plan_target(target_from_code(word)) for word in action.targets)
    teams = run.plan.teams if run else ()
    plan = Plan(steps=(PlanStep(targets=targets),), teams=teams)
    users = [*_of_incident(action, incident)]
    users += Directory([plan], now).step_people(plan, 0, is_first=False)
    return list(dict.fromkeys(users)), shared_channels(plan, 0)


def _of_incident(action: WorkflowAction, incident: Incident) -> list[int]:
    users: list[int | None] = []
    if action.to_recipients:
        paged = Notification.objects.filter(incident=incident, event__in=PAGES, user__isnull=False)
        users += paged.order_by("user").values_list("user", flat=True).distinct()
    if action.to_owner:
        users.append(incident.assignee_id)
    if action.to_sender:
        opened = incident.timeline.filter(verb=TimelineVerb.OPENED, by__isnull=False)
        users += opened.values_list("by", flat=True)[:1]
    if action.to_managers and incident.service.team_id:
        managers = Membership.objects.filter(team=incident.service.team_id, is_manager=True)
        users += managers.values_list("user", flat=True)
    return [user for user in users if user]
