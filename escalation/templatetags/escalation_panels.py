"""Panels of escalation for the pages of incidents and services."""

from collections.abc import Iterable
from typing import Any

from django import template
from django.urls import reverse

from escalation import preview
from escalation.incident_forms import DefaultPolicyForm
from escalation.models import Policy, Run, ServicePolicy
from incidents.models import Incident, Service

register = template.Library()
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


@register.inclusion_tag("escalation/_run_panel.html", takes_context=True)
def run_panel(context: dict[str, Any], incident: Incident) -> dict[str, Any]:
    """The next step with its countdown, and all steps."""
    found = preview.run_preview(incident)
    return {"incident": incident, "preview": found, "reader": context["request"].user}


@register.inclusion_tag("escalation/_escalate.html", takes_context=True)
def escalate_button(context: dict[str, Any], incident: Incident) -> dict[str, Any]:
    """Escalate to the next step; after the last one, what can be done in its place."""
    run = incident.runs.first()
    is_over = run is not None and run.state == Run.State.EXHAUSTED
    return {"incident": incident, "is_over": is_over, "csrf_token": context["csrf_token"]}


@register.inclusion_tag("escalation/_run_facts.html")
def run_facts(incident: Incident) -> dict[str, Any]:
    """The policy or play of the run."""
    run = incident.runs.select_related("policy", "play").first()
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
