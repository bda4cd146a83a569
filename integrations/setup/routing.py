"""What becomes of alerts once they are understood."""

from typing import Any

from integrations import routing_targets
from integrations.models import Integration
from integrations.verbs.configuring import change


def change_routing(integration_id: int, routing: dict[str, Any]) -> Integration:
    """New routing, from the next message on; what is held back already stays so.

    Raises RulesError, and then keeps the old one.
    """
    routing_targets.check(routing)
    return change(integration_id, routing=routing)
