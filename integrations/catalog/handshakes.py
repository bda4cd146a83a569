"""Handshakes: a tool's verification request before its first message; never an event.

Each follows the vendor's documentation, which the template names in ``docs``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class HandshakeRequest:
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


HandshakeHandler = Callable[[HandshakeRequest], Reply | None]


def _okta(request: HandshakeRequest) -> Reply | None:
    challenge = request.headers.get("x-okta-verification-challenge", "")
    return Reply({"verification": challenge}) if request.method == "GET" and challenge else None


def _cloudevents(request: HandshakeRequest) -> Reply | None:
    """The abuse protection of CloudEvents web hooks."""
    origin = request.headers.get("webhook-request-origin", "")
    if request.method != "OPTIONS" or not origin:
        return None
    rate = request.headers.get("webhook-request-rate", "")
    headers = {"WebHook-Allowed-Origin": origin, "Allow": "POST, OPTIONS"}
    return Reply(headers=headers | ({"WebHook-Allowed-Rate": rate} if rate else {}))


def _azure_event_grid(request: HandshakeRequest) -> Reply | None:
    """Its own schema posts a code; with that of CloudEvents it asks as those do."""
    events = request.body if isinstance(request.body, list) else [request.body]
    for event in events:
        is_validation = isinstance(event, dict) and str(event.get("eventType", "")).endswith(
            "SubscriptionValidationEvent"
        )
        data = event.get("data") if is_validation else None
        if isinstance(data, dict) and isinstance(data.get("validationCode"), str):
            return Reply({"validationResponse": data["validationCode"]})
    return _cloudevents(request)


def _slack(request: HandshakeRequest) -> Reply | None:
    body = request.body if isinstance(request.body, dict) else {}
    challenge = body.get("challenge")
    is_asked = body.get("type") == "url_verification" and isinstance(challenge, str)
    return Reply({"challenge": challenge}) if is_asked else None


def _head(request: HandshakeRequest) -> Reply | None:
    note = "Handshake: the tool looked whether this URL exists."
    return Reply(note=note) if request.method == "HEAD" else None


def _oracle(request: HandshakeRequest) -> Reply | None:
    """A person opens the address: it is in a request that nobody has signed."""
    url = request.headers.get("x-oci-ns-confirmationurl", "")
    if request.method != "POST" or not url.startswith("https://"):
        return None
    return Reply(note=f"Handshake: open this address to confirm the subscription: {url}")


# By the name that a template gives. Each knows the methods that it is asked with.
HANDSHAKES: dict[str, tuple[frozenset[str], HandshakeHandler]] = {
    "azure-event-grid": (frozenset({"POST", "OPTIONS"}), _azure_event_grid),
    "cloudevents": (frozenset({"OPTIONS"}), _cloudevents),
    "okta": (frozenset({"GET"}), _okta),
    "oracle-cloud": (frozenset({"POST"}), _oracle),
    "slack": (frozenset({"POST"}), _slack),
    "trello-head": (frozenset({"HEAD"}), _head),
}


def accepts_method(name: str, method: str) -> bool:
    """Whether a handshake of this name may come with this method."""
    return name in HANDSHAKES and method in HANDSHAKES[name][0]


def reply_to(name: str, request: HandshakeRequest) -> Reply | None:
    """The reply, or None where this is no handshake."""
    return HANDSHAKES[name][1](request) if accepts_method(name, request.method) else None
