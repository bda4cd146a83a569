"""Routes whose bodies speak of the same in other words: they are seen as the template's."""

from collections.abc import Callable, Mapping
from typing import Any

from integrations import pagerduty_v1
from integrations.chat.asked import OPEN
from integrations.chat.reading import as_event
from integrations.opsgenie import asking

SEEN_AS: dict[str, Callable[[Any, Mapping[str, str]], Any]] = {
    pagerduty_v1.ROUTE: pagerduty_v1.as_event,
    asking.CREATE: asking.as_event,
    OPEN: as_event,
}


def translate(route: str, body: Any, headers: Mapping[str, str]) -> Any:
    """The body as the rules of its integration read it."""
    seen_as = SEEN_AS.get(route)
    return seen_as(body, headers) if seen_as else body
