"""Requests to Telegram's Bot API, and what its refusals mean."""

from typing import Any

import requests

from notifications.channels._base import Config, fields_of
from notifications.providers import _calls
from notifications.providers._calls import Fault
from opsportal.lib.net import http

API = "https://api.telegram.org"
MAX_BYTES = 8 * 2**20  # of the updates that wait
OF_THE_CHAT = (
    "chat not found",
    "thread not found",
    "topic_closed",
    "topic_deleted",
    "have no rights to send",
    "not enough rights",
)
OF_THE_BOT = (401, 404, 409)  # A chat that is not there is told by 400.


def call(config: Config, method: str, parts: dict[str, Any]) -> Any:
    """The result of a method of the bot. Raises ``Refused`` in Telegram's words."""
    return _result(config, *_calls.call("POST", _url(config, method), json=parts))


def wait_for(config: Config, method: str, parts: dict[str, Any], *, timeout_s: float) -> Any:
    """The same of a method whose answer may take so long, and be large."""
    url = _url(config, method)
    response = http.download(url, headers={}, timeout=timeout_s, max_bytes=MAX_BYTES, json=parts)
    return _result(config, response, fields_of(response))


def _url(config: Config, method: str) -> str:
    server = (config.get("server") or API).rstrip("/")
    return f"{server}/bot{config['token']}/{method}"


def _result(config: Config, response: requests.Response, fields: dict[str, Any]) -> Any:
    if response.ok and fields.get("ok"):
        return fields.get("result") or {}
    words = str(fields.get("description") or response.reason or "")
    raise _calls.refusal(
        response,
        f"Telegram: {words} ({response.status_code})",
        fault=_fault(response.status_code, words.lower()),
        retry_after=(fields.get("parameters") or {}).get("retry_after"),
        secrets=(config["token"],),
    )


def _fault(status: int, words: str) -> Fault | None:
    """403 says that the chat does not want the bot: blocked, kicked, or never written to."""
    if status == 403 or (status == 400 and any(one in words for one in OF_THE_CHAT)):
        return Fault.ADDRESS
    return Fault.PROVIDER if status in OF_THE_BOT else None
