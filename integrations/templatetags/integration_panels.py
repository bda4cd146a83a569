"""What integrations show on the pages of incidents and services."""

from collections.abc import Iterable
from typing import Any

from django import template

from incidents.models import Incident, Service
from integrations.catalog import all_templates
from integrations.models import ADMINISTER, InboundMessage, Integration

register = template.Library()
MAX_SHOWN = 20


@register.inclusion_tag("integrations/panels/incident_messages.html", takes_context=True)
def incident_messages(context: dict[str, Any], incident: Incident) -> dict[str, Any]:
    """The raw messages behind an incident, newest first."""
    visible = InboundMessage.objects.visible_to(context["request"].user).without_payload()
    rows = list(visible.filter(incident=incident).select_related("integration")[: MAX_SHOWN + 1])
    return {"rows": rows[:MAX_SHOWN], "has_more": len(rows) > MAX_SHOWN}


@register.inclusion_tag("integrations/panels/service_integrations.html", takes_context=True)
def service_integrations(context: dict[str, Any], service: Service) -> dict[str, Any]:
    """The integrations of a service."""
    user = context["request"].user
    rows = Integration.objects.visible_to(user).filter(service=service).select_related("policy")
    templates = all_templates()
    return {
        "rows": [(row, templates.get(row.template)) for row in rows],
        "may_change": user.has_perm(ADMINISTER),
        "service": service,
        "csrf_token": context["csrf_token"],
    }


@register.simple_tag
def hears_nothing() -> bool:
    """Whether no tool can report: then it is quiet whatever breaks."""
    return not Integration.objects.filter(is_enabled=True).exists()


@register.simple_tag
def unheard(services: Iterable[tuple[Service, Any]]) -> set[int]:
    """The ids of those services about which no integration that is enabled reports."""
    ids = {service.pk for service, _ in services}
    heard = Integration.objects.filter(is_enabled=True, service__in=ids)
    return ids - set(heard.values_list("service_id", flat=True))
