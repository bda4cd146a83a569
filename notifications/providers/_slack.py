"""Slack's Web API: requests, errors and signatures.

https://docs.slack.dev/apis/web-api and /authentication/verifying-requests-from-slack. It answers
errors with 200, too: ``ok`` says what it means.
"""

import hmac
import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import requests

from notifications.channels._base import BUSY, Config, fields_of
from notifications.errors import CallbackRefused
from notifications.receipts import Callback
from opsportal.lib.net import http
from opsportal.lib.net.errors import DeliveryError

API = "https://slack.com/api"
RESPONSE_URLS = ("https://hooks.slack.com/", "https://hooks.slack-gov.com/")
OF_THE_APP = ("apps.connections.open",)  # by the app-level token
TIMEOUT_S = 8.0
MAX_ANSWER_BYTES = 4 * 2**20  # of a list
TOLERANCE_S = 300
BUSY_S = 10.0  # where it is busy, and does not say for how long

OF_THE_ADDRESS = {
    "channel_not_found": "it is gone, or private: invite the app into it",
    "not_in_channel": "invite the app into it",
    "is_archived": "the channel is archived",
    "no_permission": "the app may not write there",
    "user_not_found": "nobody has this ID in the workspace",
    "users_not_found": "nobody has this e-mail address in the workspace",
    "user_disabled": "the account is deactivated",
    "cannot_dm_bot": "this is the ID of a bot",
    "messages_tab_disabled": "switch on the Messages tab under App Home of the app",
    "no_such_subteam": "the user group is gone",
    "subteam_not_found": "the user group is gone",
    "permission_denied": "the workspace lets only some people change user groups: allow the app",
    "invalid_users": "one of the Slack IDs is of nobody in this workspace",
    "paid_teams_only": "user groups are for paid plans of Slack",
    "plan_upgrade_required": "user groups are for paid plans of Slack",
    "message_not_found": "the message is gone",
    "cant_update_message": "the message is of another app",
    "edit_window_closed": "messages may not be edited any more",
}
OF_THE_PROVIDER = {
    "invalid_auth": "the bot token is wrong: connect again",
    "not_authed": "the bot token is missing: connect again",
    "account_inactive": "the app was removed from the workspace: connect again",
    "token_revoked": "the bot token was revoked: connect again",
    "token_expired": "the bot token has expired: switch token rotation off and connect again",
    "missing_scope": "the app lacks a scope: add it and install the app again",
    "org_login_required": "the workspace is being moved into an organization",
    "ekm_access_denied": "the workspace's key management refuses it",
    "invalid_client_id": "the Client ID is wrong",
    "bad_client_secret": "the Client Secret is wrong",
    "invalid_code": "the code has been used, or is too old",
    "bad_redirect_uri": "the redirect URL of the app is another one",
}
OF_TOO_MANY = {"ratelimited", "rate_limited", "message_limit_exceeded"}
UNSURE = {"internal_error", "fatal_error"}  # Some of it may have been done.
PASSES = UNSURE | {"request_timeout", "service_unavailable", "team_added_to_org"}


class Refused(DeliveryError):
    """Slack said no; ``code`` is its error."""

    code = ""


def call(
    config: Config,
    method: str,
    body: Mapping[str, Any] | None = None,
    *,
    timeout: float = TIMEOUT_S,
) -> dict[str, Any]:
    """The object that a method which writes answers. Raises DeliveryError in Slack's words."""
    data = json.dumps(body or {}, ensure_ascii=False).encode()
    headers = {**_login(config, method), "Content-Type": "application/json; charset=utf-8"}
    url = f"{API}/{method}"
    return object_of(http.send("POST", url, data=data, headers=headers, timeout=timeout))


def read(config: Config, method: str, **query: str) -> dict[str, Any]:
    """The object that a method which reads answers. Raises DeliveryError in Slack's words."""
    url = f"{API}/{method}?{urlencode(query)}"
    return object_of(
        http.download(
            url, headers=_login(config, method), timeout=TIMEOUT_S, max_bytes=MAX_ANSWER_BYTES
        )
    )


def _login(config: Config, method: str) -> dict[str, str]:
    """By the bot token, but for what the app itself does."""
    if method in OF_THE_APP:
        return {"Authorization": f"Bearer {config.get('app_token')}"}
    if not config.get("bot_token"):
        raise DeliveryError(
            "Slack is not connected: press Connect to Slack under Settings, Integrations, Slack.",
            permanent=True,
            provider_fault=True,
        )
    return {"Authorization": f"Bearer {config['bot_token']}"}


def object_of(response: requests.Response) -> dict[str, Any]:
    """What an answer of Slack holds. Raises DeliveryError where it means no."""
    fields = fields_of(response)
    if response.ok and fields.get("ok") is True:
        return fields
    raise _failure(response, str(fields.get("error") or ""), fields)


def _failure(response: requests.Response, code: str, fields: Mapping[str, Any]) -> Refused:
    status = response.status_code
    is_busy = status in BUSY or code in OF_TOO_MANY
    passes = is_busy or status >= 500 or code in PASSES or (response.ok and not code)
    waits = http.retry_after_s(response.headers.get("Retry-After", "")) or BUSY_S
    error = Refused(
        _sentence(code, status, fields),
        permanent=not passes,
        provider_fault=passes or code in OF_THE_PROVIDER or status in (401, 403),
        address_fault=code in OF_THE_ADDRESS or code.startswith("restricted_action"),
        retry_after=waits if is_busy else None,
        ambiguous=code in UNSURE or (response.ok and not code),
    )
    error.code = code
    return error


def _sentence(code: str, status: int, fields: Mapping[str, Any]) -> str:
    if not code:
        return f"Slack answered {status} without a reason."
    hint = OF_THE_ADDRESS.get(code) or OF_THE_PROVIDER.get(code) or ""
    if needed := fields.get("needed"):
        hint += f" ({needed})"
    return f"Slack: {code}, {hint}" if hint else f"Slack: {code}"


def check_signature(config: Config, callback: Callback) -> None:
    """Raises CallbackRefused unless the request was signed by Slack in the last five minutes."""
    headers = {name.lower(): value for name, value in callback.headers.items()}
    stamp = headers.get("x-slack-request-timestamp", "")
    secret = str(config.get("signing_secret") or "")
    signed = b"v0:" + stamp.encode() + b":" + callback.body
    wanted = "v0=" + hmac.digest(secret.encode(), signed, "sha256").hex()
    given = headers.get("x-slack-signature", "")
    if not secret or not hmac.compare_digest(wanted.encode(), given.encode()):
        raise CallbackRefused("The signature of Slack does not fit the Signing Secret.")
    if not stamp.isdecimal() or abs(time.time() - int(stamp)) > TOLERANCE_S:
        raise CallbackRefused("The request of Slack is older than five minutes.")
