"""Adapters: a body of another API → the body that the rules of its template read.

The key is ``InboundMessage.route``.
"""

from collections.abc import Callable, Mapping
from typing import Any

from integrations.chat.command import OPEN
from integrations.chat.stored import as_event
from integrations.dialects.opsgenie import requests
from integrations.dialects.pagerduty import events_v1

ADAPTERS: dict[str, Callable[[Any, Mapping[str, str]], Any]] = {
    events_v1.ROUTE: events_v1.as_event,
    requests.CREATE: requests.as_event,
    OPEN: as_event,
}


def adapt(route: str, body: Any, headers: Mapping[str, str]) -> Any:
    """The body as the rules read it; unchanged where its route has no adapter."""
    adapter = ADAPTERS.get(route)
    return adapter(body, headers) if adapter else body
