"""What escalation shows on the pages of incidents and services."""

from django import template
from django.urls import reverse

from escalation import preview
from escalation.incident_forms import DefaultPolicyForm
from escalation.models import ServicePolicy

register = template.Library()


@register.inclusion_tag("escalation/_run_panel.html", takes_context=True)
def run_panel(context, incident):
    """Who is next and in how long, and the way there."""
    found = preview.run_preview(incident)
    return {"incident": incident, "preview": found, "reader": context["request"].user}


@register.inclusion_tag("escalation/_run_facts.html")
def run_facts(incident):
    """Which policy or play leads the paging."""
    run = incident.runs.select_related("policy", "play").first()
    return {"run": run, "leader": run and (run.policy or run.play)}


@register.inclusion_tag("escalation/_told_first.html")
def told_first(service):
    """Who would be told first if this service broke now."""
    row, told = preview.first_recipients([service])[service.pk]
    return {"row": row, "told": told, "service": service}


@register.simple_tag
def policies_of(services):
    """The policies of a list of (service, counts), by service."""
    rows = ServicePolicy.objects.filter(service__in=[service for service, _ in services])
    return {row.service_id: row.policy for row in rows.select_related("policy")}


@register.inclusion_tag("escalation/_policy_note.html")
def policy_note(policies, service):
    return {"policy": policies.get(service.pk)}


@register.inclusion_tag("escalation/_service_policy.html", takes_context=True)
def service_policy(context, service, may_change):
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
