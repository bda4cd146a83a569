"""Silence at once: the menu on the pages of services and integrations."""

from django import template

from integrations.models import MANAGE

register = template.Library()


@register.inclusion_tag("integrations/maintenance/_quick_menu.html", takes_context=True)
def silence_menu(context, service=None, integration=None):
    """For one of both, where the person may do it."""
    request = context["request"]
    return {
        "request": request,
        "csrf_token": context.get("csrf_token"),
        "may_change": request.user.has_perm(MANAGE),
        "field": "service" if service else "integration",
        "row": service or integration,
    }
