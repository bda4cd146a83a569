"""Routes whose bodies speak of the same in other words: they are seen as the template's."""

from collections.abc import Callable, Mapping
from typing import Any

from integrations.chat.command import OPEN
from integrations.chat.stored import as_event
from integrations.dialects.opsgenie import requests
from integrations.dialects.pagerduty import events_v1

SEEN_AS: dict[str, Callable[[Any, Mapping[str, str]], Any]] = {
    events_v1.ROUTE: events_v1.as_event,
    requests.CREATE: requests.as_event,
    OPEN: as_event,
}


def translate(route: str, body: Any, headers: Mapping[str, str]) -> Any:
    """The body as the rules of its integration read it."""
    seen_as = SEEN_AS.get(route)
    return seen_as(body, headers) if seen_as else body
