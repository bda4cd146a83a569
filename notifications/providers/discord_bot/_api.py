"""Requests to Discord's API, and what its refusals mean.

https://discord.com/developers/docs/topics/opcodes-and-status-codes
"""

from typing import Any

from django.conf import settings

from notifications.channels._base import Config
from notifications.providers import _calls
from notifications.providers._calls import Fault

API = "https://discord.com/api/v10"
# Unknown channel or user, no access, no permission, closed to messages, no common server.
OF_THE_ADDRESS = (10003, 10013, 50001, 50007, 50013, 50278)


def _user_agent() -> str:
    """In the form that Discord asks for."""
    return f"DiscordBot ({settings.SITE_URL}, 1)"


def call(config: Config, method: str, path: str, parts: Any = None) -> dict[str, Any]:
    """The object that Discord answers. Raises ``Refused`` in its words."""
    headers = {"Authorization": f"Bot {config['bot_token']}", "User-Agent": _user_agent()}
    url = f"{API}/{path}"
    response, fields = _calls.call(method, url, json=parts, headers=headers)
    if response.ok:
        return fields
    code = fields.get("code")
    raise _calls.refusal(
        response,
        f"Discord: {fields.get('message') or response.reason} ({code or response.status_code})",
        fault=Fault.ADDRESS if code in OF_THE_ADDRESS else None,
        retry_after=fields.get("retry_after"),
        secrets=(config["bot_token"],),
    )
