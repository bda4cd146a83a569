"""What a tool asks before it sends anything: answered at the door, and never an event."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Question:
    """One request; the names of headers are in lower case, the body is read already."""

    method: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered with 200, and what the log says of it."""

    body: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    note: str = "Handshake: its challenge was answered."


Shake = Callable[[Question], Reply | None]


def _okta(asked: Question) -> Reply | None:
    challenge = asked.headers.get("x-okta-verification-challenge", "")
    return Reply({"verification": challenge}) if asked.method == "GET" and challenge else None


def _cloudevents(asked: Question) -> Reply | None:
    """The abuse protection of CloudEvents web hooks."""
    origin = asked.headers.get("webhook-request-origin", "")
    if asked.method != "OPTIONS" or not origin:
        return None
    rate = asked.headers.get("webhook-request-rate", "")
    headers = {"WebHook-Allowed-Origin": origin, "Allow": "POST, OPTIONS"}
    return Reply(headers=headers | ({"WebHook-Allowed-Rate": rate} if rate else {}))


def _azure_event_grid(asked: Question) -> Reply | None:
    """Its own schema posts a code; with that of CloudEvents it asks as those do."""
    events = asked.body if isinstance(asked.body, list) else [asked.body]
    for event in events:
        is_validation = isinstance(event, dict) and str(event.get("eventType", "")).endswith(
            "SubscriptionValidationEvent"
        )
        data = event.get("data") if is_validation else None
        if isinstance(data, dict) and isinstance(data.get("validationCode"), str):
            return Reply({"validationResponse": data["validationCode"]})
    return _cloudevents(asked)


def _slack(asked: Question) -> Reply | None:
    body = asked.body if isinstance(asked.body, dict) else {}
    challenge = body.get("challenge")
    is_asked = body.get("type") == "url_verification" and isinstance(challenge, str)
    return Reply({"challenge": challenge}) if is_asked else None


def _head(asked: Question) -> Reply | None:
    note = "Handshake: the tool looked whether this URL exists."
    return Reply(note=note) if asked.method == "HEAD" else None


def _oracle(asked: Question) -> Reply | None:
    """A person opens the address: it is in a request that nobody has signed."""
    url = asked.headers.get("x-oci-ns-confirmationurl", "")
    if asked.method != "POST" or not url.startswith("https://"):
        return None
    return Reply(note=f"Handshake: open this address to confirm the subscription: {url}")


# By the name that a template gives. Each knows the methods that it is asked with.
HANDSHAKES: dict[str, tuple[frozenset[str], Shake]] = {
    "azure-event-grid": (frozenset({"POST", "OPTIONS"}), _azure_event_grid),
    "cloudevents": (frozenset({"OPTIONS"}), _cloudevents),
    "okta": (frozenset({"GET"}), _okta),
    "oracle-cloud": (frozenset({"POST"}), _oracle),
    "slack": (frozenset({"POST"}), _slack),
    "trello-head": (frozenset({"HEAD"}), _head),
}


def is_asked_with(name: str, method: str) -> bool:
    """Whether a handshake of this name may come with this method."""
    return name in HANDSHAKES and method in HANDSHAKES[name][0]


def reply_to(name: str, asked: Question) -> Reply | None:
    """The reply, or None where this is no handshake."""
    return HANDSHAKES[name][1](asked) if is_asked_with(name, asked.method) else None
