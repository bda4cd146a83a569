"""Bodies that people pasted into a tool for another pager, by the keys that only those have."""

from typing import Any

from opsportal.lib.text import as_text

# Name of the pager, keys that such a body has in any case, and any one of these.
BODIES: tuple[tuple[str, frozenset[str], frozenset[str]], ...] = (
    ("PagerTree", frozenset({"event_type", "title"}), frozenset({"id", "thirdparty_id", "tpid"})),
    ("Keep", frozenset({"lastreceived", "status"}), frozenset({"name", "fingerprint", "message"})),
    ("PagerDuty", frozenset({"event_action"}), frozenset({"routing_key", "payload"})),
    (
        "PagerDuty",
        frozenset({"event_type", "service_key"}),
        frozenset({"incident_key", "description"}),
    ),
    ("Opsgenie", frozenset({"alias", "message"}), frozenset({"priority", "description", "entity"})),
    ("Splunk On-Call", frozenset({"message_type", "entity_id"}), frozenset({"state_message"})),
)
PAGERTREE_EVENTS = ("create", "acknowledge", "acknowledged", "resolve", "resolved")


def pager_of(body: Any) -> str:
    """The pager for which such a body is pasted; '' where it is none of those."""
    if not isinstance(body, dict):
        return ""
    keys = {str(key).lower() for key in body}
    for name, all_of, any_of in BODIES:
        if all_of <= keys and any_of & keys:
            is_other = name == "PagerTree" and _event_type(body) not in PAGERTREE_EVENTS
            return "" if is_other else name
    return ""


def way_out(body: Any) -> str:
    """A sentence that names such a body and says what to do; '' for any other."""
    name = pager_of(body)
    return (
        f"; it is a body that is pasted into a tool for {name}: paste the one from the page of "
        "this integration in its place, or use an integration “Generic Webhook”"
        if name
        else ""
    )


def _event_type(body: dict[str, Any]) -> str:
    return next(
        (as_text(body[key]).lower() for key in body if str(key).lower() == "event_type"), ""
    )
