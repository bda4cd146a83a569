"""The app of a workspace: its manifest, and how it is connected by OAuth.

https://docs.slack.dev/reference/app-manifest and /authentication/installing-with-oauth
"""

import base64
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from notifications.channels._base import Config
from notifications.providers import _slack
from opsportal.lib.net import http

AUTHORIZE = "https://slack.com/oauth/v2/authorize"
SCOPES = (
    "chat:write",
    "chat:write.public",
    "channels:read",
    "groups:read",
    "im:write",
    "users:read",
    "users:read.email",
    "commands",
    "links:read",
    "links:write",
    "usergroups:read",
    "usergroups:write",
)
COMMAND = "/opsportal"
NEW_INCIDENT = "new_incident"  # how the callback_ids of both shortcuts begin
PAGE_SIZE, MAX_PAGES = 200, 10  # Slack answers some 20 pages a minute.
LIST_WITHIN_S = 10.0


@dataclass(frozen=True, slots=True)
class SlackGroup:
    """A user group, which people mention as ``@handle``."""

    id: str
    handle: str
    name: str


@dataclass(frozen=True, slots=True)
class SlackChannel:
    """A channel that the app sees; ``id`` stays when it is renamed."""

    id: str
    name: str
    is_private: bool


def manifest(callback_url: str, redirect_url: str, *, by_socket: bool = False) -> dict[str, Any]:
    """What *Create New App, From a manifest* takes; ``by_socket``: Slack need not reach us."""
    host = urlsplit(callback_url).hostname or ""
    has_domain = "." in host and not host.rpartition(".")[2].isdecimal()
    events: dict[str, Any] = {"bot_events": ["link_shared"]}
    interactivity: dict[str, Any] = {"is_enabled": True}
    command: dict[str, Any] = {
        "command": COMMAND,
        "description": "Who is on call, incidents, and paging",
        "usage_hint": "oncall | incident 1042 | ack 1042 | page @somebody text | help",
        "should_escape": True,
    }
    if not by_socket:
        events["request_url"] = command["url"] = callback_url
        interactivity |= {
            "request_url": callback_url,
            "message_menu_options_url": callback_url,
        }
    return {
        "display_information": {
            "name": "OpsPortal",
            "description": "Pages who is on call, and tells channels of incidents",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": False,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": True,
            },
            "bot_user": {"display_name": "OpsPortal", "always_online": True},
            "shortcuts": [_shortcut("global"), _shortcut("message")],
            "slash_commands": [command],
            "unfurl_domains": [host] if has_domain else [],
        },
        "oauth_config": {"redirect_urls": [redirect_url], "scopes": {"bot": list(SCOPES)}},
        "settings": {
            "event_subscriptions": events,
            "interactivity": interactivity,
            "org_deploy_enabled": False,
            "socket_mode_enabled": by_socket,
            "token_rotation_enabled": False,
        },
    }


def _shortcut(kind: str) -> dict[str, str]:
    return {
        "name": "Open an incident",
        "type": kind,
        "callback_id": f"{NEW_INCIDENT}_{kind}",
        "description": "Opens an incident in OpsPortal, which pages",
    }


def authorize_url(client_id: str, state: str, redirect_url: str) -> str:
    """Where a browser goes to install the app; Slack sends it back with ``code`` and ``state``."""
    query = {
        "client_id": client_id,
        "scope": ",".join(SCOPES),
        "state": state,
        "redirect_uri": redirect_url,
    }
    return f"{AUTHORIZE}?{urlencode(query)}"


def exchange(config: Config, code: str, redirect_url: str) -> tuple[str, str]:
    """The bot token that a code stands for, and the name of the workspace.

    Raises DeliveryError in Slack's words.
    """
    login = f"{config['client_id']}:{config['client_secret']}".encode()
    response = http.send(
        "POST",
        f"{_slack.API}/oauth.v2.access",
        data={"code": code, "redirect_uri": redirect_url},
        headers={"Authorization": "Basic " + base64.b64encode(login).decode()},
        timeout=_slack.TIMEOUT_S,
    )
    found = _slack.object_of(response)
    return str(found.get("access_token", "")), str((found.get("team") or {}).get("name", ""))


def channels_of(config: Config) -> tuple[Sequence[SlackChannel], bool]:
    """The channels that the app sees, by name, and whether these are all: at most 2,000 of them.

    Raises DeliveryError.
    """
    found: list[SlackChannel] = []
    cursor, began = "", time.monotonic()
    for _ in range(MAX_PAGES):
        page = _slack.read(
            config,
            "conversations.list",
            types="public_channel,private_channel",
            exclude_archived="true",
            limit=str(PAGE_SIZE),
            **({"cursor": cursor} if cursor else {}),
        )
        found += [
            SlackChannel(str(row["id"]), str(row["name"]), bool(row.get("is_private")))
            for row in page.get("channels", [])
        ]
        cursor = str((page.get("response_metadata") or {}).get("next_cursor") or "")
        if not cursor or time.monotonic() - began > LIST_WITHIN_S:
            break
    return sorted(found, key=lambda one: one.name), not cursor


def groups_of(config: Config) -> Sequence[SlackGroup]:
    """The user groups that are in use, by handle. Raises DeliveryError."""
    page = _slack.read(config, "usergroups.list", include_disabled="false")
    found = [
        SlackGroup(str(row["id"]), str(row.get("handle") or ""), str(row.get("name") or ""))
        for row in page.get("usergroups", [])
    ]
    return sorted(found, key=lambda one: one.handle)
