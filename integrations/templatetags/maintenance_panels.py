"""The menu on the pages of services and integrations that starts a maintenance window."""

from typing import Any

from django import template

from incidents.models import Service
from integrations.models import MANAGE, Integration

register = template.Library()


@register.inclusion_tag("integrations/maintenance/_quick_menu.html", takes_context=True)
def maintenance_menu(
    context: dict[str, Any], service: Service | None = None, integration: Integration | None = None
) -> dict[str, Any]:
    """For a service or an integration; empty for users who may not start one."""
    request = context["request"]
    return {
        "request": request,
        "csrf_token": context.get("csrf_token"),
        "may_change": request.user.has_perm(MANAGE),
        "field": "service" if service else "integration",
        "row": service or integration,
    }
