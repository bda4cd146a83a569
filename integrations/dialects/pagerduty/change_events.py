"""Change events of the Events API v2, as its public reference describes them.

https://developer.pagerduty.com/docs/send-change-event
"""

from dataclasses import dataclass, field
from typing import Any

from integrations.decoding.decode import UNREADABLE
from integrations.dialects.pagerduty.events_v2 import MAX_SUMMARY
from integrations.mapping.attributes import MAX_LINKS, web_address
from opsportal.lib.text import as_text, clean

ANSWER = {"status": "success", "message": "Change event processed"}
MAX_DETAILS = 100
MAX_TEXT = 2000


@dataclass(frozen=True, slots=True)
class ChangeEvent:
    """A change event, truncated to our limits."""

    summary: str = ""
    source: str = ""
    timestamp: str = ""
    links: list[list[str]] = field(default_factory=list)
    attributes: dict[str, str] = field(default_factory=dict)


def faults_of(body: Any) -> list[str]:
    """Errors of a change event; [] for an unreadable body, which ``receive.store`` reports."""
    if body is UNREADABLE:
        return []
    if not isinstance(body, dict):
        return ["the body must be a JSON object"]
    payload = body.get("payload")
    if not isinstance(payload, dict):
        return ["'payload' is missing or no object"]
    if not isinstance(payload.get("summary"), str) or not payload["summary"].strip():
        return ["'payload.summary' is missing or blank"]
    return []


def read_change(body: Any) -> ChangeEvent:
    """The change in a valid event."""
    payload = body["payload"]
    return ChangeEvent(
        summary=_cut(payload["summary"], MAX_SUMMARY),
        source=_cut(payload.get("source"), MAX_SUMMARY),
        timestamp=as_text(payload.get("timestamp")),
        links=[link for key in ("links", "images") for link in _links(body.get(key))][:MAX_LINKS],
        attributes=_details(payload.get("custom_details")),
    )


def _links(rows: Any) -> list[list[str]]:
    """Pairs of text and address; an image is a link, too, and is loaded by nobody."""
    found = []
    for row in rows if isinstance(rows, list) else []:
        if not isinstance(row, dict):
            continue
        address = web_address(as_text(row.get("href") or row.get("src")))
        if address:
            found.append([_cut(row.get("text") or row.get("alt") or address, 255), address])
    return found


def _details(value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        text = as_text(value)
        return {"details": _cut(text, MAX_TEXT)} if text else {}
    rows = list(value.items())[:MAX_DETAILS]
    return {_cut(name, 255): _cut(one, MAX_TEXT) for name, one in rows}


def _cut(value: Any, most: int) -> str:
    text = clean(as_text(value))
    return text if len(text) <= most else text[: most - 1] + "…"
