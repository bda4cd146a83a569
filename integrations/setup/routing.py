"""Routing of an integration: delay, grouping, overrides, dynamic groups."""

from typing import Any

from integrations.models import Integration
from integrations.routing import targets
from integrations.setup.integrations import change


def change_routing(integration_id: int, routing: dict[str, Any]) -> Integration:
    """New routing, from the next message on; what is delayed already stays so.

    Raises RulesError, and then keeps the old one.
    """
    targets.check(routing)
    return change(integration_id, routing=routing)
