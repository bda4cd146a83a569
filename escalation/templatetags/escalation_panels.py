"""Panels of escalation for the pages of incidents and services."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from math import sqrt
from typing import Any

from django import template
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from escalation.choices import DrillState
from escalation.models import Drill, Policy, Run, ServicePolicy, Workflow
from escalation.pages.incidents.incident_forms import DefaultPolicyForm
from escalation.policies.rungs import Rung, Told
from escalation.why import preview
from escalation.workflows.timers import is_in_scope
from incidents import acknowledgement_rules
from incidents.models import Incident, Service
from incidents.templatetags.portal import TONES, badge
from opsportal.lib.durations import format_duration

register = template.Library()
# Where a drill stands: (colour, icon).
DRILLS = {
    DrillState.PLANNED: ("blue", "event"),
    DrillState.RUNNING: ("orange", "notifications_active"),
    DrillState.DONE: ("green", "check_circle"),
    DrillState.CANCELLED: ("gray", "cancel"),
}
# What became of the messages of a step: (icon, words).
OUTCOMES = {
    "delivered": ("check", "sent"),
    "partly": ("warning", "sent to some"),
    "waiting": ("schedule_send", "being sent"),
    "superseded": ("block", "not needed any more"),
    "failed": ("close", "reached nobody: every message failed"),
    "nobody": ("person_off", "reached nobody"),
}


@register.filter
def outcome_icon(outcome: str) -> str:
    return OUTCOMES[outcome][0]


@register.filter
def outcome_words(outcome: str) -> str:
    return OUTCOMES[outcome][1]


@register.filter
def elapsed(at: datetime, since: datetime) -> str:
    """The time between two instants: ``0:05`` (hours and minutes), ``0:00:30``, ``1 d 2:00``."""
    total = max(0, round((at - since).total_seconds()))
    days, rest = divmod(total, 86_400)
    clock = f"{rest // 3600}:{rest % 3600 // 60:02}"
    clock += f":{rest % 60:02}" if rest % 60 else ""
    return f"{days} d {clock}" if days else clock


@register.filter
def ways_words(told: Told, since: datetime) -> str:
    """By what somebody is told, as ``push, SMS after 2 min``."""
    words = []
    for way in told.ways:
        wait_s = round((way.at - since).total_seconds())
        late = f" at {timezone.localtime(way.at):%H:%M} (quiet hours)"
        after = late if way.is_late else f" after {format_duration(wait_s)}" if wait_s else ""
        words.append(f"{way.label}{after}")
    return ", ".join(dict.fromkeys(words))


@register.filter
def initials(name: str) -> str:
    """The first letters of the first and the last word."""
    words = name.split() or ["?"]
    return "".join(word[0] for word in [words[0], *words[1:][-1:]]).upper()


@register.simple_tag
def drill_badge(drill: Drill) -> SafeString:
    """Where a drill stands."""
    colour, symbol = DRILLS[drill.state]
    return badge(colour, symbol, drill.state.label)


@register.filter
def tone(number: int) -> str:
    """The colour of a person's initials."""
    return TONES[number % len(TONES)]


@register.simple_tag
def gap_px(rungs: Sequence[Rung], place: int) -> int:
    """How far from the next one a rung is drawn: further the longer the wait, and not much."""
    if place + 1 >= len(rungs):
        return 0
    minutes = (rungs[place + 1].at - rungs[place].at).total_seconds() / 60
    return round(min(48.0, 8 * sqrt(minutes)))


@register.inclusion_tag("escalation/_run_panel.html", takes_context=True)
def run_panel(context: dict[str, Any], incident: Incident) -> dict[str, Any]:
    """The next step with its countdown, and all steps."""
    found = preview.run_preview(incident)
    several = found and any(step.acknowledgements > 1 for step in found.run.plan.steps)
    return {
        "incident": incident,
        "preview": found,
        "reader": context["request"].user,
        "acknowledgements": acknowledgement_rules.count(incident) if several else None,
    }


def _latest_run(incident: Incident) -> Run | None:
    """The last run, read once for all parts of a page."""
    if not hasattr(incident, "latest_run"):
        row = incident.runs.select_related("policy", "play").first()
        incident.latest_run = row  # type: ignore[attr-defined]
    found: Run | None = incident.latest_run  # type: ignore[attr-defined]
    return found


@register.inclusion_tag("escalation/_escalate.html", takes_context=True)
def escalate_button(context: dict[str, Any], incident: Incident) -> dict[str, Any]:
    """Escalate to the next step; after the last one, what can be done in its place."""
    run = _latest_run(incident)
    is_over = run is not None and run.state == Run.State.EXHAUSTED
    return {"incident": incident, "is_over": is_over, "csrf_token": context["csrf_token"]}


@register.inclusion_tag("escalation/_run_workflow.html", takes_context=True)
def workflow_menu(context: dict[str, Any], incident: Incident) -> dict[str, Any]:
    """The workflows that a person may run for an incident, with what they would do."""
    rows = Workflow.objects.enabled().prefetch_related("actions")
    found = [row for row in rows if is_in_scope(row, incident)]
    return {"incident": incident, "workflows": found, "csrf_token": context["csrf_token"]}


@register.inclusion_tag("escalation/_run_facts.html")
def run_facts(incident: Incident) -> dict[str, Any]:
    """The policy or play of the run."""
    run = _latest_run(incident)
    return {"run": run, "leader": run and (run.policy or run.play)}


@register.inclusion_tag("escalation/_told_first.html")
def told_first(service: Service) -> dict[str, Any]:
    """The recipients of the first step if this service broke now."""
    row, told = preview.first_recipients([service])[service.pk]
    return {"row": row, "told": told, "service": service}


@register.simple_tag
def policies_of(services: Iterable[tuple[Service, Any]]) -> dict[int, Policy]:
    """The policies of a list of (service, counts), by service."""
    rows = ServicePolicy.objects.filter(service__in=[service for service, _ in services])
    return {row.service_id: row.policy for row in rows.select_related("policy")}


@register.inclusion_tag("escalation/_policy_note.html")
def policy_note(policies: dict[int, Policy], service: Service) -> dict[str, Any]:
    return {"policy": policies.get(service.pk)}


@register.inclusion_tag("escalation/_service_policy.html", takes_context=True)
def service_policy(context: dict[str, Any], service: Service, may_change: bool) -> dict[str, Any]:
    """The default policy of a service, with the form that changes it."""
    row = ServicePolicy.objects.filter(service=service).select_related("policy").first()
    form = DefaultPolicyForm(
        viewer=context["request"].user, initial={"policy": row and row.policy_id}
    )
    return {
        "form": form if may_change else None,
        "row": row,
        "action": reverse("service_policy", args=[service.pk]),
        "csrf_token": context["csrf_token"],
    }
