"""What the routing of an integration would do with each event of one message."""

from datetime import datetime
from typing import Any

from integrations.mapping.rules import Received, Rules
from integrations.routing import targets


def explain(
    rules: Rules, raw: dict[str, Any], received: Received, integration_id: int, now: datetime
) -> list[dict[str, Any]]:
    """For each event of the message what this routing would do with it; RulesError."""
    compiled = targets.check(raw)
    return [
        compiled.explain(event, scope, integration_id, now)
        for event, scope in rules.scoped_events(received)
    ]
