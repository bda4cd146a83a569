"""Socket Mode of Slack: what comes by a WebSocket in place of requests.

https://docs.slack.dev/apis/events-api/using-socket-mode
"""

import json
from collections.abc import Mapping
from typing import Any

from notifications.actions.heard import act_on
from notifications.actions.slack_app import tell_later
from notifications.provider_accounts import ProviderAccount, accounts_of
from notifications.providers import _slack, _slack_requests
from opsportal.lib.net import websockets
from opsportal.lib.net.errors import DeliveryError
from opsportal.lib.net.websockets import WebSocket

SLACK = "slack"
CONNECT_WITHIN_S = 10.0


def socket_accounts() -> list[ProviderAccount]:
    """The workspaces whose app has a token for Socket Mode."""
    return [one for one in accounts_of(SLACK) if one.config.get("app_token")]


def open_line(account: ProviderAccount) -> WebSocket:
    """A line by which Slack sends what people ask the app for. Raises DeliveryError."""
    found = _slack.call(account.config, "apps.connections.open")
    url = found.get("url")
    if not isinstance(url, str) or not url.startswith("wss://"):
        raise DeliveryError("Slack named no address for Socket Mode.", provider_fault=True)
    return websockets.connect(url, CONNECT_WITHIN_S)


def act_on_envelope(account: ProviderAccount, envelope: Mapping[str, Any]) -> dict[str, Any]:
    """Do what an envelope asks for; what goes back with its acknowledgement, {} for nothing."""
    payload = envelope.get("payload")
    if not isinstance(payload, dict):
        return {}
    body, _ = act_on(account, _slack_requests.heard_of(payload))
    if not body or not envelope.get("accepts_response_payload"):
        return {}
    found = json.loads(body)
    return found if isinstance(found, dict) else {}


def answer_late(
    account: ProviderAccount, envelope: Mapping[str, Any], answer: Mapping[str, Any]
) -> None:
    """Have a worker tell what came of an envelope that is acknowledged already."""
    request = _slack_requests.heard_of(dict(envelope["payload"])).request
    if request is not None and (text := answer.get("text")):
        tell_later(account, request, str(text))
