"""Requests to the Bot Connector of Teams, and what its refusals mean.

https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-api-reference
"""

from functools import partial
from typing import Any
from urllib.parse import quote

from notifications.channels._base import Config
from notifications.providers import _calls
from notifications.providers._access_tokens import AccessTokens
from notifications.providers._calls import Fault
from notifications.providers._http import object_at

LOGIN = "https://login.microsoftonline.com"
SCOPE = "https://api.botframework.com/.default"
SERVICE = "https://smba.trafficmanager.net/teams"
# Refused: the bot was removed or blocked; unknown: the conversation or person is.
OF_THE_ADDRESS = (403, 404)
BUSY = (412, 429)
TOKENS = AccessTokens()


def call(
    config: Config, method: str, path: str, parts: dict[str, Any], *, service: str = ""
) -> dict[str, Any]:
    """The object that the connector answers. Raises DeliveryError in its words."""
    url = f"{(service or config.get('service_url') or SERVICE).rstrip('/')}/v3/{path}"
    headers = {"Authorization": f"Bearer {token_of(config)}"}
    response, fields = _calls.call(method, url, json=parts, headers=headers)
    if response.ok:
        return fields
    if response.status_code == 401:
        forget_token(config)
    said = object_at(fields, "error")
    code = said.get("code") or response.status_code
    raise _calls.refusal(
        response,
        f"Teams: {said.get('message') or response.reason} ({code})",
        fault=_fault(response.status_code),
        secrets=(config["app_secret"],),
    )


def activities(conversation: str) -> str:
    """The path of what is said in a conversation."""
    return f"conversations/{quote(conversation, safe='')}/activities"


def _fault(status: int) -> Fault | None:
    if status in OF_THE_ADDRESS:
        return Fault.ADDRESS
    return Fault.PASSING if status in BUSY else None


def token_of(config: Config) -> str:
    """The access token of the bot. Raises DeliveryError in Microsoft's words."""
    return TOKENS.get(_credentials(config), partial(_fetch, config))


def forget_token(config: Config) -> None:
    TOKENS.forget(_credentials(config))


def _credentials(config: Config) -> str:
    return f"{config['tenant_id']} {config['app_id']} {config['app_secret']}"


def _fetch(config: Config) -> tuple[str, float]:
    form = {
        "grant_type": "client_credentials",
        "client_id": config["app_id"],
        "client_secret": config["app_secret"],
        "scope": SCOPE,
    }
    url = f"{LOGIN}/{config['tenant_id']}/oauth2/v2.0/token"
    response, fields = _calls.call("POST", url, data=form)
    if response.ok and fields.get("access_token"):
        return str(fields["access_token"]), float(fields.get("expires_in") or 0)
    words = fields.get("error_description") or fields.get("error") or response.reason
    raise _calls.refusal(
        response,
        f"Microsoft: {words}",
        fault=Fault.PROVIDER if response.status_code < 429 else None,
        secrets=(config["app_secret"],),
    )
