"""Resources of Grafana's Terraform provider as documents of OnCall's API.

https://registry.terraform.io/providers/grafana/grafana/latest/docs
"""

from typing import Any

from integrations.importers.terraform import Resources, block

LISTS = {
    "users": "user",
    "teams": "team",
    "schedules": "schedule",
    "on_call_shifts": "on_call_shift",
    "escalation_chains": "escalation_chain",
    "escalation_policies": "escalation",
    "integrations": "integration",
    "routes": "route",
    "webhooks": "outgoing_webhook",
    "user_groups": "user_group",
}


def documents_of(resources: Resources) -> dict[str, Any]:
    """Lists as the API names them; what is empty there is missing here."""
    return {
        name: list({str(row.get("id")): _row(row) for row in rows}.values())
        for name, kind in LISTS.items()
        if (rows := resources.get(f"grafana_oncall_{kind}"))
    }


def _row(row: Any) -> dict[str, Any]:
    found = {key: None if value in ("", []) else value for key, value in row.items()}
    return {
        **found,
        "default_route": block(row, "default_route"),
        "templates": block(row, "templates"),
    }
