"""What one has opted out of, on one's own page."""

from typing import Any

from django import template

from integrations.models import IntegrationOptOut
from integrations.setup.opt_out_form import OptOutForm
from notifications.models import ServiceOptOut

register = template.Library()


@register.inclusion_tag("integrations/panels/opt_outs.html", takes_context=True)
def opt_outs(context: dict[str, Any], may_change: bool) -> dict[str, Any]:
    """The services and integrations, each with a button to end it, and the form for another."""
    user = context["request"].user
    services = ServiceOptOut.objects.filter(user=user).select_related("service")
    ways = IntegrationOptOut.objects.filter(user=user).select_related("integration")
    rows: list[tuple[str, Any]] = [("service", row.service) for row in services]
    rows += [("integration", row.integration) for row in ways]
    return {
        "rows": rows,
        "form": OptOutForm(user=user, auto_id="id_opt_out_%s") if may_change else None,
        "csrf_token": context.get("csrf_token"),
    }
